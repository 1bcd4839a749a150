/** `--threshold ROLE=M/N` and `--expiry ROLE=DAYS`, read into the plan of a ceremony. */
import { nearestName, UsageError } from '@antivenom/core';
import {
  DEFAULT_LIFETIME_DAYS,
  DEFAULT_ROLE_KEYS,
  type KeyedRole,
  type LifetimeRole,
  type RoleKeysPlan,
} from '@antivenom/publisher';
import type { RoleExpiry, RoleThreshold } from './commands.ts';

/** @throws UsageError `usage` for a role that has no keys, or is named twice */
export function roleKeysPlan(typed: readonly RoleThreshold[]): Partial<Record<KeyedRole, RoleKeysPlan>> {
  const plan = typed.map(({ role, threshold, keys }) => [role, { threshold, keys }] as const);
  return checked('--threshold', plan, Object.keys(DEFAULT_ROLE_KEYS));
}

/** @throws UsageError `usage` for a role that does not expire, or is named twice */
export function lifetimePlan(typed: readonly RoleExpiry[]): Partial<Record<LifetimeRole, number>> {
  const plan = typed.map(({ role, days }) => [role, days] as const);
  return checked('--expiry', plan, Object.keys(DEFAULT_LIFETIME_DAYS));
}

/** @throws UsageError `usage` for a role that is named twice */
export function daysByRole(typed: readonly RoleExpiry[]): ReadonlyMap<string, number> {
  const plan = new Map(typed.map(({ role, days }) => [role, days]));
  if (plan.size === typed.length) return plan;
  throw new UsageError('usage', 'a role is named twice', { hint: 'Give each role its days once.' });
}

function checked<T>(
  option: string,
  plan: readonly (readonly [role: string, value: T])[],
  roles: readonly string[],
): Record<string, T> {
  const seen = new Set<string>();
  for (const [role] of plan) {
    if (!roles.includes(role)) {
      const near = nearestName(role, roles);
      throw new UsageError('usage', `${option}: there is no role ${role}`, {
        hint: near === undefined ? `The roles are ${roles.join(', ')}.` : `Did you mean ${near}?`,
      });
    }
    if (seen.has(role)) throw new UsageError('usage', `${option}: ${role} is named twice`);
    seen.add(role);
  }
  return Object.fromEntries(plan);
}
