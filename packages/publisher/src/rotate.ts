/** Gives a role new keys. */
import { type RoleKeys, UsageError } from '@antivenom/core';
import { changeKeys, type KeyPlan } from './change-keys.ts';
import type { PublisherEnv, RotateOptions, RotateResult } from './operations.ts';
import { findKey } from './roles/find-key.ts';
import { delegationsOf, hexOf } from './roles/key-change.ts';
import { DEFAULT_ROLE_KEYS, type KeyedRole, type RoleKeysPlan } from './roles/role-plan.ts';

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
  const keyed = keyedRole(role);
  return changeKeys(
    channel,
    (standing) => {
      const delegations = delegationsOf(standing).filter((delegated) => delegated.role === keyed);
      if (delegations.length === 0) throw noSuchRole(role);
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

function planOf(role: KeyedRole, delegations: readonly RoleKeys[], { key, roleKeys }: RotateOptions): KeyPlan {
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

function addedFor(role: KeyedRole, before: number, stay: number, wanted: RoleKeysPlan | undefined): number {
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
function keyedRole(name: string): KeyedRole {
  const typed = name.replace(/^cct\//, '').replace(/^mamba\//, 'mamba_');
  const role = (Object.keys(DEFAULT_ROLE_KEYS) as KeyedRole[]).find((known) => known === typed);
  if (role === undefined) throw noSuchRole(name);
  return role;
}

function noSuchRole(name: string): UsageError {
  return new UsageError('usage', `the channel has no role ${name}`, {
    hint: `\`antivenom status\` names its roles; those with keys of their own are ${Object.keys(DEFAULT_ROLE_KEYS).join(', ')}.`,
    details: { role: name },
  });
}
