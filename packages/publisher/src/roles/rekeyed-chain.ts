/** The files of a chain of record signatures in which keys change hands. */
import {
  buildCctKeyMgr,
  buildCctRoot,
  type CctMetadata,
  chainRootPath,
  type JsonObject,
  keyMgrPath,
  signCct,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import type { OwnChain } from '../channel/own-chains.ts';
import type { MetadataFile } from '../publication/edition.ts';
import type { FirstChain, RenewedChain } from './chain-signing.ts';
import { chainKeys, type KeyChanges, keysAfter } from './key-change.ts';
import { reissueCct } from './reissue.ts';
import { CHAIN_KEYS } from './role-plan.ts';
import { canSign, handOver, requireHeld } from './role-signers.ts';

export type RekeyedChain = FirstChain & Pick<RenewedChain, 'heldElsewhere'>;

/**
 * The next root where its own keys or those of key_mgr change; the next key_mgr, signed by the old keys too, where its own
 * or those of pkg_mgr do; and the next pkg_mgr of a chain that has it as a file. A root whose keys are held elsewhere goes
 * on with them.
 *
 * @throws StoreError `key-missing`
 */
export async function rekeyedChain(
  { chain, root, keyMgr, pkgMgr }: OwnChain,
  changes: KeyChanges,
  keys: RoleSigners,
  now: number,
): Promise<RekeyedChain> {
  const names = CHAIN_KEYS[chain.client];
  const before = { root: chainKeys(root.root), keyMgr: chainKeys(root.keyMgr), pkgMgr: chainKeys(keyMgr.pkgMgr) };
  const after = {
    root: keysAfter(names.root, before.root, changes),
    keyMgr: keysAfter(names.keyMgr, before.keyMgr, changes),
    pkgMgr: keysAfter(names.pkgMgr, before.pkgMgr, changes),
  };
  const isChanged = (role: keyof typeof before) => after[role] !== before[role];
  const isHeldElsewhere = !canSign(names.root, root.root, keys) && !isChanged('keyMgr');
  const heldElsewhere = isHeldElsewhere && isChanged('root') ? [`${chain.name}/root`] : [];
  const offline: MetadataFile[] = [];
  if ((isChanged('root') || isChanged('keyMgr')) && !isHeldElsewhere) {
    requireHeld(names.root, before.root, keys);
    const built = buildCctRoot({ ...fieldsOf(root), root: after.root, keyMgr: after.keyMgr });
    const bytes = await signCct(
      withDelegations(root, built, now),
      handOver(names.root, before.root, after.root, keys),
      'openpgp',
      nodeCrypto,
      now,
    );
    offline.push({ path: chainRootPath(chain, root.version + 1), bytes });
  }
  if (isChanged('keyMgr') || isChanged('pkgMgr')) {
    const built = buildCctKeyMgr({ ...fieldsOf(keyMgr), pkgMgr: after.pkgMgr });
    const signers = handOver(names.keyMgr, before.keyMgr, after.keyMgr, keys);
    const bytes = await signCct(withDelegations(keyMgr, built, now), signers, chain.shape, nodeCrypto, now);
    offline.push({ path: keyMgrPath(chain), bytes });
  }
  if (!isChanged('pkgMgr') || pkgMgr === undefined || chain.pkgMgrPath === undefined) {
    return { offline, online: [], heldElsewhere };
  }
  const signers = handOver(names.pkgMgr, before.pkgMgr, after.pkgMgr, keys);
  const bytes = await signCct(reissueCct(pkgMgr, now), signers, chain.shape, nodeCrypto, now);
  return { offline, online: [{ path: chain.pkgMgrPath, bytes }], heldElsewhere };
}

function withDelegations(current: CctMetadata, built: JsonObject, now: number): JsonObject {
  return new Map([...reissueCct(current, now), ['delegations', built.get('delegations') ?? null]]);
}

function fieldsOf({ version, issued, expires }: CctMetadata) {
  return { version: Math.max(version, 1), issued, expires };
}
