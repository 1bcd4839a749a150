/** What of the online roles is past half its life, and the signing of it anew. */
import type { RoleSigners } from '@antivenom/signers';
import type { OwnChain } from '../channel/own-chains.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { factsOf, factsOfTarget, targetsMember } from '../channel/published-targets.ts';
import type { Changes, MetadataFile } from '../publication/edition.ts';
import { isPkgMgrDue, renewedPkgMgrs } from './chain-signing.ts';
import { isPastHalf } from './reissue.ts';

export function isOnlineDue(own: OwnMetadata, chains: readonly OwnChain[], now: number): boolean {
  const roles = ['index', 'snapshot', 'timestamp'] as const;
  return roles.some((role) => isPastHalf(role, own[role], now)) || chains.some((chain) => isPkgMgrDue(chain, now));
}

export interface OnlineRenewal {
  /** A new timestamp comes with every change. */
  readonly changes: Changes;
  /** Files of chains, which the new index lists. */
  readonly pkgMgrs: readonly MetadataFile[];
}

export async function renewOnline(
  own: OwnMetadata,
  chains: readonly OwnChain[],
  keys: RoleSigners,
  now: number,
): Promise<OnlineRenewal> {
  const pkgMgrs = await renewedPkgMgrs(chains, keys, now);
  const listed = new Map([...own.index.targets.values()].map((target) => [target.path, factsOfTarget(target)]));
  for (const { path, bytes } of pkgMgrs) listed.set(path, factsOf(path, bytes));
  const isIndexDue = isPastHalf('index', own.index, now);
  const changes: Changes = {
    ...(pkgMgrs.length > 0 ? { index: targetsMember(listed.values()) } : isIndexDue ? { index: 'renew' } : {}),
    ...(isPastHalf('snapshot', own.snapshot, now) ? { snapshot: 'renew' } : {}),
  };
  return { changes, pkgMgrs };
}
