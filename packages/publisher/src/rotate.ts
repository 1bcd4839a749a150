/** Gives a role new keys. */
import { type RoleKeys, UsageError } from '@antivenom/core';
import { changeKeys, type KeyPlan } from './change-keys.ts';
import type { PublisherEnv, RotateOptions, RotateResult } from './operations.ts';
import { findKey } from './roles/find-key.ts';
import { type Delegated, delegationsOf, hexOf } from './roles/key-change.ts';
import type { RoleKeysPlan } from './roles/role-plan.ts';

/**
 * Makes new keys for a role, has those who delegate to it name them, and signs the role anew. Consumers follow by
 * themselves, also those for whom a thief of online keys had pushed versions ahead.
 *
 * @param role one of those that have keys; `cct/root`, as `status` names them, is taken too
 * @throws UsageError `usage` for a role that the channel does not have, or a threshold that cannot be met;
 *   `not-initialised`, `wrong-passphrase`
 * @throws StoreError `key-missing` where too few keys of those who delegate to the role are at hand; `store-corrupt`, `locked`
 */
export async function rotateRole(
  channel: string,
  role: string,
  options: RotateOptions,
  env: PublisherEnv,
): Promise<RotateResult> {
  return changeKeys(
    channel,
    (standing) => {
      const all = delegationsOf(standing);
      const keyed = keyedRole(role, all);
      const delegations = all.filter((delegated) => delegated.role === keyed);
      return new Map([
        [
          keyed,
          planOf(
            keyed,
            delegations.map(({ keys }) => keys),
            options,
          ),
        ],
      ]);
    },
    options,
    env,
  );
}

function planOf(role: string, delegations: readonly RoleKeys[], { key, roleKeys }: RotateOptions): KeyPlan {
  const all = new Map(delegations.flatMap(({ keys }) => keys).map((named) => [hexOf(named), named]));
  const gone = key === undefined ? new Set(all.keys()) : new Set([findKey(key, [...all.values()])]);
  const before = Math.max(
    ...delegations.filter(({ keys }) => keys.some((named) => gone.has(hexOf(named)))).map(({ keys }) => keys.length),
  );
  const stay = key === undefined ? 0 : before - 1;
  return {
    gone,
    added: addedFor(role, before, stay, roleKeys),
    ...(roleKeys === undefined ? {} : { threshold: roleKeys.threshold }),
  };
}

function addedFor(role: string, before: number, stay: number, wanted: RoleKeysPlan | undefined): number {
  const added = (wanted?.keys ?? before) - stay;
  if (added >= 0) return added;
  throw new UsageError(
    'usage',
    `${role} has ${before} keys, and one of them goes: ${stay} stay, more than ${wanted?.keys}`,
    {
      hint: 'Ask for that many keys at least, or give the role new ones throughout: without --key.',
    },
  );
}

/** `key_mgr`, or `cct/key_mgr` as `status` names it. */
function keyedRole(name: string, delegations: readonly Delegated[]): string {
  const typed = name.replace(/^cct\//, '').replace(/^mamba\//, 'mamba_');
  const roles = [...new Set(delegations.map(({ role }) => role))];
  const found = roles.find((role) => role === name) ?? roles.find((role) => role === typed);
  if (found !== undefined) return found;
  throw new UsageError('usage', `the channel has no role ${name}`, {
    hint: `\`antivenom status\` names its roles; those with keys of their own are ${roles.join(', ')}.`,
    details: { role: name },
  });
}
