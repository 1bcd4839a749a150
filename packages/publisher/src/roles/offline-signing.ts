/** What every signing of the offline role `targets` takes along: yanks move to where no online key reaches them. */
import type { RoleSigners } from '@antivenom/signers';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import type { MetadataFile, SignedRole } from '../publication/edition.ts';
import { signDelegated } from './delegated-signing.ts';
import { signersOf } from './role-signers.ts';
import { signTargets, type TargetsChanges } from './targets-signing.ts';
import { settleYanks } from './yank-lists.ts';

export interface OfflineSigning {
  /** The next targets, and what changes with it. */
  readonly roles: readonly SignedRole[];
  /** Targets that they list, to be published under their hashes. */
  readonly lists: readonly MetadataFile[];
}

/** @throws StoreError `key-missing` */
export async function signOffline(
  own: OwnMetadata,
  { files = [], delegations = new Map() }: TargetsChanges,
  keys: RoleSigners,
  now: number,
): Promise<OfflineSigning> {
  const yanks = await settleYanks(own, keys, now);
  const changes = { files: [...files, ...yanks.offline], delegations: new Map([...yanks.delegations, ...delegations]) };
  const signers = signersOf('targets', own.root.roles.targets, keys);
  const roles = [await signTargets(own, changes, { signers, now }), ...yanks.first];
  for (const [role, members] of yanks.members) roles.push(await signDelegated(own, role, members, keys, now));
  return { roles, lists: yanks.lists };
}
