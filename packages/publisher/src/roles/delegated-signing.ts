/** The next versions of the roles that `targets` delegates to. */
import { type JsonValue, roleFileName, type Signer, signTuf } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import type { SignedRole } from '../publication/edition.ts';
import { delegatedKeys } from './key-change.ts';
import { isPastHalf, reissue } from './reissue.ts';
import { isOnlineRole } from './role-plan.ts';
import { heldOf, requireHeld } from './role-signers.ts';

/**
 * The next version of a role that stands.
 *
 * @param members those of the signed part that differ; none: the same one with a new expiry
 * @param signers by default all whose keys are delegated to now
 * @throws StoreError `key-missing`
 */
export async function signDelegated(
  own: OwnMetadata,
  role: string,
  members: Readonly<Record<string, JsonValue>>,
  keys: RoleSigners,
  now: number,
  signers: readonly Signer[] = requireHeld(role, delegatedKeys(own, role), keys),
): Promise<SignedRole> {
  const current = own.delegated.get(role);
  if (current === undefined) throw new Error(`targets delegates to no role ${role}`);
  const version = current.version + 1;
  const bytes = await signTuf(reissue(role, current, now, members), signers, nodeCrypto);
  return { role, version, path: `tuf/${roleFileName(role, version)}`, bytes };
}

/** The roles past half their life that these keys sign: those that are online in every channel, and whichever they can. */
export function dueRoles(own: OwnMetadata, keys: RoleSigners, now: number): string[] {
  return [...own.delegated]
    .filter(([role, signed]) => isPastHalf(role, signed, now) && (isOnlineRole(role) || canSign(own, role, keys)))
    .map(([role]) => role);
}

function canSign(own: OwnMetadata, role: string, keys: RoleSigners): boolean {
  const delegation = delegatedKeys(own, role);
  return heldOf(role, delegation, keys).length >= delegation.threshold;
}
