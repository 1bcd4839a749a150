/** Takes a key out of every role that names it. */
import { changeKeys } from './change-keys.ts';
import type { PublisherEnv, RevokeOptions, RotateResult } from './operations.ts';
import { findKey } from './roles/find-key.ts';
import { delegationsOf, hexOf } from './roles/key-change.ts';

/**
 * Has no role name the key any more, and everything that it signed signed by the others.
 *
 * @throws UsageError `usage` where no role names it, or one could not be signed without it; `not-initialised`, `wrong-passphrase`
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 */
export function revokeKey(channel: string, options: RevokeOptions, env: PublisherEnv): Promise<RotateResult> {
  return changeKeys(
    channel,
    (standing, held) => {
      const delegations = delegationsOf(standing);
      const namedBy = (key: string) =>
        delegations.filter(({ keys }) => keys.keys.some((named) => hexOf(named) === key));
      const files = [...held].map(([role, signers]) => ({ role, keys: signers.map(({ publicKey }) => publicKey) }));
      const candidates = [...delegations.flatMap(({ keys }) => keys.keys), ...files.flatMap(({ keys }) => keys)];
      const key = findKey(options.key, candidates);
      const roles = namedBy(key).map(({ role }) => role);
      if (roles.length > 0) return new Map(roles.map((role) => [role, { gone: new Set([key]), added: 0 }]));
      // Killed when the key was out of every role, and its file in its place still.
      const left = files.filter(({ keys }) => keys.some((one) => hexOf(one) === key));
      return new Map(left.map(({ role }) => [role, { gone: new Set<string>(), added: 0 }]));
    },
    options,
    env,
  );
}
