/** How long each role of a channel lasts, from its signing to its expiry, by the names that `status` gives them. */
import { isTeamName, type JsonObject, MAMBA_CHAIN, UsageError } from '@antivenom/core';
import { BINS } from '../bins/own-bins.ts';
import type { OwnChain } from '../channel/own-chains.ts';
import type { Standing } from '../channel/standing.ts';
import type { Warning } from '../operations.ts';
import { lifetimeOf, withLifetime } from './reissue.ts';
import { DAY_MS, isOnlineRole, MAX_DAYS } from './role-plan.ts';

/** Role → days. */
export type Lifetimes = ReadonlyMap<string, number>;

/** Whether `refresh` renews the role, without an offline key. */
export function isRefreshed(role: string): boolean {
  return isOnlineRole(role) || role === `${MAMBA_CHAIN.name}/pkg_mgr`;
}

export function lifetimesOf({ own, chains }: Standing): Lifetimes {
  const tuf = [
    ['root', own.root],
    ['targets', own.targets],
    // How long what teams sign lasts, they say themselves.
    ...[...own.delegated].filter(([role]) => !isTeamName(role)),
    ['snapshot', own.snapshot],
    ['timestamp', own.timestamp],
  ] as const;
  return new Map([
    ...tuf.map(([role, signed]) => [role, lifetimeOf(role, signed) / DAY_MS] as const),
    ...chains.flatMap((chain) =>
      chainMetadata(chain).map(
        ([role, { issued, expires }]) => [role, Math.round((expires - issued) / DAY_MS)] as const,
      ),
    ),
  ]);
}

function chainMetadata({ chain, root, keyMgr, pkgMgr }: OwnChain) {
  return [
    [`${chain.name}/root`, root],
    [`${chain.name}/key_mgr`, keyMgr],
    ...(pkgMgr === undefined ? [] : [[`${chain.name}/pkg_mgr`, pkgMgr] as const]),
  ] as const;
}

/** @throws UsageError `usage` for a role that the channel does not have, or what is no number of days */
export function requireLifetimes(wanted: Lifetimes, known: Lifetimes): void {
  for (const [role, days] of wanted) {
    if (!known.has(role)) {
      throw new UsageError('usage', `the channel has no role ${role} that expires`, {
        hint: `Its roles are ${[...known.keys()].join(', ')}.`,
        details: { role },
      });
    }
    if (Number.isSafeInteger(days) && days >= 1 && days <= MAX_DAYS) continue;
    throw new UsageError('usage', `${role}: the days until expiry must be a whole number from 1 to ${MAX_DAYS}`);
  }
}

/** The same metadata as what its next versions are made from, which last so long. */
export function withLifetimes({ own, chains }: Standing, wanted: Lifetimes): Standing {
  const lasting = <T extends { readonly raw: JsonObject }>(role: string, signed: T): T => {
    const days = wanted.get(role);
    return days === undefined ? signed : { ...signed, raw: withLifetime(signed.raw, days) };
  };
  const lastingInChain = <T extends { readonly issued: number; readonly expires: number }>(
    role: string,
    signed: T,
  ): T => {
    const days = wanted.get(role);
    return days === undefined ? signed : { ...signed, expires: signed.issued + days * DAY_MS };
  };
  return {
    own: {
      ...own,
      root: lasting('root', own.root),
      targets: lasting('targets', own.targets),
      delegated: new Map([...own.delegated].map(([role, signed]) => [role, lasting(role, signed)])),
      index: lasting('index', own.index),
      snapshot: lasting('snapshot', own.snapshot),
      timestamp: lasting('timestamp', own.timestamp),
    },
    chains: chains.map((chain) => ({
      ...chain,
      root: lastingInChain(`${chain.chain.name}/root`, chain.root),
      keyMgr: lastingInChain(`${chain.chain.name}/key_mgr`, chain.keyMgr),
      pkgMgr: chain.pkgMgr && lastingInChain(`${chain.chain.name}/pkg_mgr`, chain.pkgMgr),
    })),
  };
}

/** A stolen online key, or a mirror that stands still, is believed so long. */
const LONG_ONLINE = 30;
/** `refresh` runs daily, and renews what is past half its life. */
const SHORT_ONLINE = 2;
/** Somebody has to fetch the keys, and is told this long before. */
const SHORT_OFFLINE = 30;

/** What of a policy defeats itself. */
export function lifetimeWarnings(lifetimes: Lifetimes): Warning[] {
  const warnings: Warning[] = [];
  const warn = (about: string, message: string) => warnings.push({ kind: 'self-defeating', about, message });
  const daysOf = (role: string) => lifetimes.get(role) ?? Number.POSITIVE_INFINITY;
  for (const [role, days] of lifetimes) {
    const lasts = `${role} lasts ${dayCount(days)}`;
    if (isRefreshed(role)) {
      // A bin says nothing beyond the index beside it.
      if (days > LONG_ONLINE && role !== BINS)
        warn(role, `${lasts}, and so long a thief of its key, or a mirror that stands still, is believed`);
      if (days < SHORT_ONLINE)
        warn(role, `${lasts}, and expires between two daily runs of refresh: run it every 6 hours`);
      const above = role.startsWith(`${MAMBA_CHAIN.name}/`) ? `${MAMBA_CHAIN.name}/key_mgr` : 'targets';
      if (days > daysOf(above))
        warn(role, `${lasts}, and ${above}, without which it is nothing, ${dayCount(daysOf(above))}`);
    } else if (days < SHORT_OFFLINE) {
      warn(role, `${lasts}, and as often somebody must fetch the offline keys and run renew`);
    }
  }
  if (daysOf('timestamp') > daysOf('snapshot') && lifetimes.has('timestamp')) {
    const lasts = `timestamp lasts ${dayCount(daysOf('timestamp'))}, and the snapshot that it names ${dayCount(daysOf('snapshot'))}`;
    warn('timestamp', `${lasts}: it is the timestamp that should expire first`);
  }
  return warnings;
}

export function dayCount(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
