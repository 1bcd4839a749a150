/** Who signs each role before and after some of its keys make place for others. */
import { bytesToHex, type CctDelegation, type PublicKey, type Role, type RoleKeys, UsageError } from '@antivenom/core';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import type { Standing } from '../channel/standing.ts';
import { CHAIN_KEYS } from './role-plan.ts';

export interface KeyChange {
  /** Public keys, hex, that sign no more. */
  readonly gone: ReadonlySet<string>;
  readonly added: readonly PublicKey[];
  /** The one that there is, where none is given. */
  readonly threshold?: number;
}

/** By role, as key files name it. */
export type KeyChanges = ReadonlyMap<string, KeyChange>;

/** One delegation of a channel: the keys of a role, which a chain of record signatures may name besides TUF. */
export interface Delegated {
  readonly role: string;
  readonly keys: RoleKeys;
}

/** Every delegation of the channel. */
export function delegationsOf({ own, chains }: Standing): Delegated[] {
  const tuf = (['root', 'targets', 'snapshot', 'timestamp'] as const).map((role) => {
    return { role, keys: tufKeys(own.root.roles[role], own.root.keys) };
  });
  return [
    ...tuf,
    ...[...own.delegated.keys()].map((role) => ({ role, keys: delegatedKeys(own, role) })),
    ...chains.flatMap(({ chain, root, keyMgr }) => {
      const names = CHAIN_KEYS[chain.client];
      return [
        { role: names.root, keys: chainKeys(root.root) },
        { role: names.keyMgr, keys: chainKeys(root.keyMgr) },
        { role: names.pkgMgr, keys: chainKeys(keyMgr.pkgMgr) },
      ];
    }),
  ];
}

/** The keys that `targets` delegates a role to. */
export function delegatedKeys({ targets: { delegations } }: OwnMetadata, role: string): RoleKeys {
  return tufKeys(delegations?.role(role) ?? { keyIds: [], threshold: 1 }, delegations?.keys ?? new Map());
}

export function tufKeys(
  { keyIds, threshold }: Role,
  known: ReadonlyMap<string, { readonly publicKey?: PublicKey | undefined }>,
): RoleKeys {
  return { keys: keyIds.flatMap((id) => known.get(id)?.publicKey ?? []), threshold };
}

export function chainKeys({ keys, threshold }: CctDelegation): RoleKeys {
  return { keys: [...keys.values()].flatMap((key) => key ?? []), threshold };
}

/** The keys of a delegation from now on; the very ones that it has where nothing of it changes. */
export function keysAfter(role: string, before: RoleKeys, changes: KeyChanges): RoleKeys {
  const change = changes.get(role);
  if (change === undefined || !before.keys.some((key) => change.gone.has(hexOf(key)))) return before;
  const keys = [...before.keys.filter((key) => !change.gone.has(hexOf(key))), ...change.added];
  const threshold = change.threshold ?? before.threshold;
  if (threshold <= keys.length) return { keys, threshold };
  throw new UsageError('usage', `${role} would have ${keys.length} keys, and ${threshold} must sign it`, {
    hint: `Put new keys in their place: antivenom rotate CHANNEL ${role}`,
    details: { role, keys: keys.length, threshold },
  });
}

/** Ed25519, 64 characters: how key files and chains of record signatures name it. */
export function hexOf(key: PublicKey): string {
  return bytesToHex(key.bytes);
}
