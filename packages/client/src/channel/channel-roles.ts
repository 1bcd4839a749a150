/** The roles of an opened channel, as a person looks at them. */
import {
  CONDA_CHAIN,
  chainRoleStatuses,
  type RecordChain,
  type RoleStatus,
  type TrustedCctChain,
  type TrustedMambaChain,
  tufRoleStatuses,
} from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { OpenChannel } from './open-channel.ts';

/**
 * Of the first of the authorities that agree, and of conda's chain.
 *
 * @param now ms since the epoch
 */
export function rolesOf(channel: OpenChannel, now: number): RoleStatus[] {
  const [owner] = channel.kind === 'tuf' ? channel.authorities : [];
  return [
    ...(owner === undefined ? [] : tufRoles(owner, now)),
    ...(channel.cct === undefined ? [] : chainRoles(CONDA_CHAIN, channel.cct, now)),
  ];
}

export function tufRoles({ trusted, loaded }: TufAuthority, now: number): RoleStatus[] {
  const { root, timestamp, snapshot, targets } = trusted;
  if (timestamp === undefined || snapshot === undefined || targets === undefined) {
    throw new Error('metadata was taken and is not there');
  }
  const delegated = loaded.filter(({ parent }) => parent === targets).map((role) => role.targets);
  return tufRoleStatuses({ root, timestamp, snapshot, targets, delegated }, now);
}

export function chainRoles(
  chain: RecordChain,
  trusted: TrustedCctChain | TrustedMambaChain,
  now: number,
): RoleStatus[] {
  const { root, keyMgr } = trusted;
  if (keyMgr === undefined) throw new Error('key_mgr was taken and is not there');
  const pkgMgr = 'pkgMgr' in trusted ? trusted.pkgMgr : undefined;
  return chainRoleStatuses(chain, { root, keyMgr, pkgMgr }, now);
}
