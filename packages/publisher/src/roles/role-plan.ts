/** Which roles a channel has, how many keys sign each, and how long each lasts. */
import { UsageError } from '@antivenom/core';

/** Roles that have keys of their own. `root` signs the roots of TUF and of conda-content-trust. */
export const OFFLINE_ROLES = ['root', 'targets', 'key_mgr'] as const;
export const ONLINE_ROLES = ['index', 'snapshot', 'timestamp', 'pkg_mgr'] as const;
export type KeyedRole = (typeof OFFLINE_ROLES)[number] | (typeof ONLINE_ROLES)[number];

/** So many of so many keys must sign. */
export interface RoleKeysPlan {
  readonly keys: number;
  readonly threshold: number;
}

export const DEFAULT_ROLE_KEYS: Readonly<Record<KeyedRole, RoleKeysPlan>> = {
  root: { keys: 3, threshold: 2 },
  targets: { keys: 3, threshold: 2 },
  key_mgr: { keys: 3, threshold: 2 },
  index: { keys: 1, threshold: 1 },
  snapshot: { keys: 1, threshold: 1 },
  timestamp: { keys: 1, threshold: 1 },
  pkg_mgr: { keys: 1, threshold: 1 },
};

/** Metadata that expires. `pkg_mgr` is a key in key_mgr's metadata and has none. */
export type LifetimeRole = 'root' | 'targets' | 'cct/root' | 'cct/key_mgr' | 'index' | 'snapshot' | 'timestamp';

export const DEFAULT_LIFETIME_DAYS: Readonly<Record<LifetimeRole, number>> = {
  root: 365,
  targets: 365,
  'cct/root': 365,
  'cct/key_mgr': 365,
  index: 7,
  snapshot: 7,
  timestamp: 3,
};

export const DAY_MS = 86_400_000;
const MAX_KEYS = 100;
const MAX_DAYS = 36_500;

/** The plan of every role: the defaults, and what the owner wants otherwise. */
export interface CeremonyPlan {
  readonly keys: Readonly<Record<KeyedRole, RoleKeysPlan>>;
  readonly lifetimeDays: Readonly<Record<LifetimeRole, number>>;
}

/** @throws UsageError `usage` for a threshold that can never be met, or a lifetime that is no number of days. */
export function planCeremony(
  roleKeys: Partial<Readonly<Record<KeyedRole, RoleKeysPlan>>> = {},
  lifetimeDays: Partial<Readonly<Record<LifetimeRole, number>>> = {},
): CeremonyPlan {
  const plan = {
    keys: { ...DEFAULT_ROLE_KEYS, ...roleKeys },
    lifetimeDays: { ...DEFAULT_LIFETIME_DAYS, ...lifetimeDays },
  };
  for (const [role, { keys, threshold }] of Object.entries(plan.keys)) {
    if (!isCount(keys, MAX_KEYS) || !isCount(threshold, keys)) {
      throw new UsageError('usage', `${role}: ${threshold} of ${keys} keys cannot sign`, {
        hint: `Ask for 1 to ${MAX_KEYS} keys, and a threshold from 1 to as many.`,
      });
    }
  }
  for (const [role, days] of Object.entries(plan.lifetimeDays)) {
    if (!isCount(days, MAX_DAYS)) {
      throw new UsageError('usage', `${role}: the days until expiry must be a whole number from 1 to ${MAX_DAYS}`);
    }
  }
  return plan;
}

function isCount(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}
