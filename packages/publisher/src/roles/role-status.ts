/** The roles of a channel of ours, and what its owner should be told of them. */
import {
  CONDA_CHAIN,
  chainRoleStatuses,
  formatTimestamp,
  isTeamName,
  keyId,
  MAMBA_CHAIN,
  PublicKey,
  type RoleStatus,
  type Signed,
  spanText,
  tufRoleStatuses,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { firstExpiry } from '../bins/due-bins.ts';
import { BINS, type OwnBins } from '../bins/own-bins.ts';
import type { OwnChain } from '../channel/own-chains.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import type { Warning } from '../operations.ts';
import { isRefreshed, type Lifetimes } from './lifetimes.ts';
import { lifetimeOf } from './reissue.ts';
import { DAY_MS, isOnlineRole } from './role-plan.ts';

const LONGEST_NOTICE_MS = 30 * DAY_MS;

/**
 * How long before an offline role expires its owner is told, since the keys have to be fetched from where they are: the last
 * 30 days, or half the life of one that lives less than twice as long.
 *
 * @param lifetime ms
 */
export function noticeOf(lifetime: number): number {
  return Math.min(LONGEST_NOTICE_MS, lifetime / 2);
}

const RENEW = 'renew, with the offline keys';
/** Whoever imported a chain may hold no key of it but that of pkg_mgr. */
const RENEW_ADOPTED = `${RENEW}, or import cct --chain where others hold its keys`;
const CONDA_OFFLINE: ReadonlySet<string> = new Set([`${CONDA_CHAIN.name}/root`, `${CONDA_CHAIN.name}/key_mgr`]);

export function roleStatuses(own: OwnMetadata, chains: readonly OwnChain[], now: number): RoleStatus[] {
  return [
    ...tufRoleStatuses({ ...own, delegated: [...own.delegated.values()] }, now).map((role) =>
      role.name === BINS && own.bins !== undefined ? withBins(role, own.bins, now) : role,
    ),
    ...chains.flatMap((roles) => chainRoleStatuses(roles.chain, roles, now)),
  ];
}

/** One entry for all of them: how many there are, and when the first expires. */
function withBins(role: RoleStatus, bins: OwnBins, now: number): RoleStatus {
  const expires = firstExpiry(bins);
  const daysLeft = Math.floor((expires - now) / DAY_MS);
  return { ...role, bins: bins.versions.length, expires: formatTimestamp(expires), daysLeft };
}

/**
 * Roles that expired, and offline ones that will soon.
 *
 * @param lifetimes days, where they are known
 */
export function expiryWarnings(roles: readonly RoleStatus[], now: number, lifetimes: Lifetimes = new Map()): Warning[] {
  const isAdopted = hasAdoptedChain(roles);
  return roles.flatMap(({ name, expires }): Warning[] => {
    const left = Date.parse(expires) - now;
    if (isTeam(name)) return teamExpiry(name, expires, left);
    const command = isAdopted && CONDA_OFFLINE.has(name) ? RENEW_ADOPTED : isRefreshed(name) ? 'refresh' : RENEW;
    if (left <= 0) {
      const message = `${name} expired on ${expires.slice(0, 10)}: ${whoRefuses(name)} the channel until you run ${command}`;
      return [{ kind: 'expired', about: name, message }];
    }
    const notice = noticeOf((lifetimes.get(name) ?? Number.POSITIVE_INFINITY) * DAY_MS);
    if (isRefreshed(name) || left > notice) return [];
    return [{ kind: 'expires-soon', about: name, message: `${name} expires in ${spanText(left)}: run ${command}` }];
  });
}

/** Roles of chains are named `cct/root`; no team is. */
function isTeam(name: string): boolean {
  return isTeamName(name) && !name.includes('/');
}

/** Those who can renew it are not here. */
function teamExpiry(team: string, expires: string, left: number): Warning[] {
  const how = 'have the team sign anew (antivenom team sign), and publish it (antivenom team publish)';
  if (left <= 0) {
    const message = `${team} expired on ${expires.slice(0, 10)}: consumers refuse its files until you ${how}`;
    return [{ kind: 'expired', about: team, message }];
  }
  if (left > LONGEST_NOTICE_MS) return [];
  return [{ kind: 'expires-soon', about: team, message: `${team} expires in ${spanText(left)}: ${how}` }];
}

/** A chain that is made with the channel has the keys of TUF's root for its own. */
function hasAdoptedChain(roles: readonly RoleStatus[]): boolean {
  const keysOf = (role: string) => roles.find(({ name }) => name === role)?.keys ?? [];
  const own = new Set(keysOf('root'));
  return keysOf(`${CONDA_CHAIN.name}/root`).some((key) => !own.has(keyId(PublicKey.ed25519Hex(key), nodeCrypto)));
}

/** mamba's chain is nothing to anybody else. */
function whoRefuses(role: string): string {
  return role.startsWith(`${MAMBA_CHAIN.name}/`) ? 'mamba refuses' : 'consumers refuse';
}

/** The roles that have a new version. */
export function renewedRoles(before: readonly RoleStatus[], after: readonly RoleStatus[]): string[] {
  const versions = new Map(before.map(({ name, version }) => [name, version]));
  return after.filter(({ name, version }) => version > (versions.get(name) ?? 0)).map(({ name }) => name);
}

/** Hash bins expire one by one. */
function expiryOf({ bins }: OwnMetadata, name: string, { expires }: Signed): number {
  return name === BINS && bins !== undefined ? firstExpiry(bins) : expires;
}

/** Online roles that have lived three quarters of their life: whoever should run `refresh` does not. */
export function lateRefreshWarnings(own: OwnMetadata, chains: readonly OwnChain[], now: number): Warning[] {
  const lives = [
    ...[...own.delegated, ['snapshot', own.snapshot] as const, ['timestamp', own.timestamp] as const].flatMap(
      ([name, signed]) =>
        isOnlineRole(name) ? { name, expires: expiryOf(own, name, signed), lifetime: lifetimeOf(name, signed) } : [],
    ),
    ...chains.flatMap(({ chain, pkgMgr }) => {
      if (pkgMgr === undefined) return [];
      return { name: `${chain.name}/pkg_mgr`, expires: pkgMgr.expires, lifetime: pkgMgr.expires - pkgMgr.issued };
    }),
  ];
  return lives.flatMap(({ name, expires, lifetime }): Warning[] => {
    const left = expires - now;
    if (left <= 0 || left > lifetime / 4) return [];
    const message = `${name} expires in ${spanText(left)}: run refresh, daily from now on`;
    return [{ kind: 'expires-soon', about: name, message }];
  });
}
