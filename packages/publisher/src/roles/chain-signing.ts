/** The files of a chain of record signatures, as they are first made and as they are renewed. */
import { buildCctKeyMgr, buildCctRoot, chainRootPath, keyMgrPath, type RecordChain, signCct } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import type { OwnChain } from '../channel/own-chains.ts';
import type { MetadataFile } from '../publication/edition.ts';
import { reissueCct } from './reissue.ts';
import { type CeremonyPlan, CHAIN_KEYS, DAY_MS, type KeyedRole, plannedKeys } from './role-plan.ts';
import { cctSignersOf } from './role-signers.ts';

/** The first root, and key_mgr. */
export async function firstChain(
  chain: RecordChain,
  keys: RoleSigners,
  plan: CeremonyPlan,
  now: number,
): Promise<MetadataFile[]> {
  const names = CHAIN_KEYS[chain.client];
  const head = (role: 'root' | 'key_mgr') => {
    return { version: 1, issued: now, expires: now + plan.lifetimeDays[`${chain.name}/${role}`] * DAY_MS };
  };
  const roleKeys = (role: KeyedRole) => plannedKeys(role, keys, plan);
  const signersOf = (role: KeyedRole) => keys.get(role) ?? [];
  const root = buildCctRoot({ ...head('root'), root: roleKeys(names.root), keyMgr: roleKeys(names.keyMgr) });
  const keyMgr = buildCctKeyMgr({ ...head('key_mgr'), pkgMgr: roleKeys(names.pkgMgr) });
  return [
    { path: chainRootPath(chain, 1), bytes: await signCct(root, signersOf(names.root), 'openpgp', nodeCrypto, now) },
    { path: keyMgrPath(chain), bytes: await signCct(keyMgr, signersOf(names.keyMgr), chain.shape, nodeCrypto, now) },
  ];
}

/** The next root stands beside the earlier ones; key_mgr has one place. */
export async function renewedChain(
  { chain, root, keyMgr }: OwnChain,
  keys: RoleSigners,
  now: number,
): Promise<MetadataFile[]> {
  const names = CHAIN_KEYS[chain.client];
  const rootSigners = cctSignersOf(names.root, root.root, keys);
  const keyMgrSigners = cctSignersOf(names.keyMgr, root.keyMgr, keys);
  return [
    {
      path: chainRootPath(chain, root.version + 1),
      bytes: await signCct(reissueCct(root, now), rootSigners, 'openpgp', nodeCrypto, now),
    },
    {
      path: keyMgrPath(chain),
      bytes: await signCct(reissueCct(keyMgr, now), keyMgrSigners, chain.shape, nodeCrypto, now),
    },
  ];
}
