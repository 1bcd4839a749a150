/** The files of a chain of record signatures, as they are first made and as they are renewed, and who signs its records. */
import {
  buildCctKeyMgr,
  buildCctPkgMgr,
  buildCctRoot,
  chainRootPath,
  keyMgrPath,
  type RecordChain,
  type Signer,
  signCct,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import type { OwnChain } from '../channel/own-chains.ts';
import type { MetadataFile } from '../publication/edition.ts';
import { isCctPastHalf, reissueCct } from './reissue.ts';
import { type CeremonyPlan, CHAIN_KEYS, DAY_MS, type KeyedRole, plannedKeys } from './role-plan.ts';
import { canSign, cctSignersOf } from './role-signers.ts';

export interface FirstChain {
  /** The root and key_mgr. */
  readonly offline: readonly MetadataFile[];
  /** The pkg_mgr of a chain that has it as a file. */
  readonly online: readonly MetadataFile[];
}

export async function firstChain(
  chain: RecordChain,
  keys: RoleSigners,
  plan: CeremonyPlan,
  now: number,
): Promise<FirstChain> {
  const names = CHAIN_KEYS[chain.client];
  const head = (days: number) => ({ version: 1, issued: now, expires: now + days * DAY_MS });
  const roleKeys = (role: KeyedRole) => plannedKeys(role, keys, plan);
  const signersOf = (role: KeyedRole) => keys.get(role) ?? [];
  const { lifetimeDays } = plan;
  const root = buildCctRoot({
    ...head(lifetimeDays[`${chain.name}/root`]),
    root: roleKeys(names.root),
    keyMgr: roleKeys(names.keyMgr),
  });
  const keyMgr = buildCctKeyMgr({ ...head(lifetimeDays[`${chain.name}/key_mgr`]), pkgMgr: roleKeys(names.pkgMgr) });
  const offline = [
    { path: chainRootPath(chain, 1), bytes: await signCct(root, signersOf(names.root), 'openpgp', nodeCrypto, now) },
    { path: keyMgrPath(chain), bytes: await signCct(keyMgr, signersOf(names.keyMgr), chain.shape, nodeCrypto, now) },
  ];
  if (chain.pkgMgrPath === undefined) return { offline, online: [] };
  const pkgMgr = buildCctPkgMgr(head(lifetimeDays['mamba/pkg_mgr']));
  const bytes = await signCct(pkgMgr, signersOf(names.pkgMgr), chain.shape, nodeCrypto, now);
  return { offline, online: [{ path: chain.pkgMgrPath, bytes }] };
}

export interface RenewedChain {
  readonly files: readonly MetadataFile[];
  /** Roles of which the key folder holds too few keys: they were adopted without, and others sign them. `cct/root` */
  readonly heldElsewhere: readonly string[];
}

/** The next root stands beside the earlier ones; key_mgr has one place. */
export async function renewedChain(
  { chain, root, keyMgr }: OwnChain,
  keys: RoleSigners,
  now: number,
  roles: readonly ('root' | 'key_mgr')[] = ['root', 'key_mgr'],
): Promise<RenewedChain> {
  const names = CHAIN_KEYS[chain.client];
  const files: MetadataFile[] = [];
  const heldElsewhere: string[] = [];
  if (!roles.includes('root')) {
    // It stays as it is.
  } else if (canSign(names.root, root.root, keys)) {
    const signers = cctSignersOf(names.root, root.root, keys);
    const bytes = await signCct(reissueCct(root, now), signers, 'openpgp', nodeCrypto, now);
    files.push({ path: chainRootPath(chain, root.version + 1), bytes });
  } else heldElsewhere.push(`${chain.name}/root`);
  if (!roles.includes('key_mgr')) {
    // So does this.
  } else if (canSign(names.keyMgr, root.keyMgr, keys)) {
    const signers = cctSignersOf(names.keyMgr, root.keyMgr, keys);
    const bytes = await signCct(reissueCct(keyMgr, now), signers, chain.shape, nodeCrypto, now);
    files.push({ path: keyMgrPath(chain), bytes });
  } else heldElsewhere.push(`${chain.name}/key_mgr`);
  return { files, heldElsewhere };
}

/** Whether the chain has a pkg_mgr past half its life. */
export function isPkgMgrDue({ pkgMgr }: OwnChain, now: number): boolean {
  return pkgMgr !== undefined && isCctPastHalf(pkgMgr, now);
}

/** The next pkg_mgr of each chain whose is past half its life. */
export async function renewedPkgMgrs(
  chains: readonly OwnChain[],
  keys: RoleSigners,
  now: number,
): Promise<MetadataFile[]> {
  const files: MetadataFile[] = [];
  for (const own of chains) if (isPkgMgrDue(own, now)) files.push(...(await renewedPkgMgr(own, keys, now)));
  return files;
}

/** The next pkg_mgr, in a chain that has it as a file. */
export async function renewedPkgMgr(own: OwnChain, keys: RoleSigners, now: number): Promise<MetadataFile[]> {
  const { chain, pkgMgr } = own;
  if (pkgMgr === undefined || chain.pkgMgrPath === undefined) return [];
  const bytes = await signCct(reissueCct(pkgMgr, now), recordSignersOf(own, keys), chain.shape, nodeCrypto, now);
  return [{ path: chain.pkgMgrPath, bytes }];
}

/** @throws StoreError `key-missing` */
export function recordSignersOf({ chain, keyMgr }: OwnChain, keys: RoleSigners): readonly Signer[] {
  return cctSignersOf(CHAIN_KEYS[chain.client].pkgMgr, keyMgr.pkgMgr, keys);
}
