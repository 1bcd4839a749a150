/** What of the online roles is past half its life, and the signing of it anew. */
import type { JsonValue } from '@antivenom/core';
import type { ProgressReporter } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import { dueBins } from '../bins/due-bins.ts';
import { type NextBins, renewedBins } from '../bins/next-bins.ts';
import type { OwnChain } from '../channel/own-chains.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { withFiles } from '../channel/published-targets.ts';
import type { Changes, MetadataFile, SignedRole } from '../publication/edition.ts';
import { isPkgMgrDue, renewedPkgMgrs } from './chain-signing.ts';
import { dueRoles, signDelegated } from './delegated-signing.ts';
import { isPastHalf } from './reissue.ts';
import { isOnlineRole } from './role-plan.ts';

/** @param online names of roles whose key files lie in `online` */
export function isOnlineDue(
  own: OwnMetadata,
  chains: readonly OwnChain[],
  online: ReadonlySet<string>,
  now: number,
): boolean {
  const delegated = [...own.delegated].filter(([role]) => isOnlineRole(role) || online.has(role));
  const roles = [...delegated, ['snapshot', own.snapshot], ['timestamp', own.timestamp]] as const;
  const isBinDue = own.bins !== undefined && dueBins(own.bins, now).length > 0;
  return (
    isBinDue ||
    roles.some(([role, signed]) => isPastHalf(role, signed, now)) ||
    chains.some((chain) => isPkgMgrDue(chain, now))
  );
}

export interface OnlineRenewal {
  /** A new timestamp comes with every change. */
  readonly changes: Changes;
  /** Files of chains, which the new index lists. */
  readonly pkgMgrs: readonly MetadataFile[];
  /** To be published with the changes, which name them. */
  readonly bins: NextBins | undefined;
}

/** @param changed members of delegated roles that are signed anew for their sake, by role */
export async function renewOnline(
  own: OwnMetadata,
  chains: readonly OwnChain[],
  keys: RoleSigners,
  now: number,
  progress: ProgressReporter,
  changed: ReadonlyMap<string, Readonly<Record<string, JsonValue>>> = new Map(),
): Promise<OnlineRenewal> {
  const pkgMgrs = await renewedPkgMgrs(chains, keys, now);
  const members = new Map(changed);
  if (pkgMgrs.length > 0) members.set('index', { targets: withFiles(own.index, pkgMgrs) });
  const roles: SignedRole[] = [];
  for (const role of new Set([...dueRoles(own, keys, now), ...members.keys()])) {
    roles.push(await signDelegated(own, role, members.get(role) ?? {}, keys, now));
  }
  const bins = own.bins && renewedBins(own, own.bins, dueBins(own.bins, now), { keys, now, progress });
  const changes: Changes = {
    roles,
    ...(bins === undefined ? {} : { bins: bins.versions }),
    ...(isPastHalf('snapshot', own.snapshot, now) ? { snapshot: 'renew' } : {}),
  };
  return { changes, pkgMgrs, bins };
}
