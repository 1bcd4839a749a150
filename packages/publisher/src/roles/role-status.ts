/** The roles of a channel of ours, and what its owner should be told of them. */
import { chainRoleStatuses, type RoleStatus, spanText, tufRoleStatuses } from '@antivenom/core';
import type { OwnChain } from '../channel/own-chains.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import type { Warning } from '../operations.ts';
import { lifetimeOf } from './reissue.ts';
import { DAY_MS } from './role-plan.ts';

/** How long before an offline role expires its owner is told: the keys have to be fetched from where they are. */
const OFFLINE_NOTICE_MS = 30 * DAY_MS;
const ONLINE: ReadonlySet<string> = new Set(['index', 'snapshot', 'timestamp']);

export function roleStatuses(own: OwnMetadata, chains: readonly OwnChain[], now: number): RoleStatus[] {
  return [
    ...tufRoleStatuses({ ...own, delegated: [own.index] }, now),
    ...chains.flatMap((roles) => chainRoleStatuses(roles.chain, roles, now)),
  ];
}

/** Roles that expired, and offline ones that will within 30 days. */
export function expiryWarnings(roles: readonly RoleStatus[], now: number): Warning[] {
  return roles.flatMap(({ name, expires }): Warning[] => {
    const left = Date.parse(expires) - now;
    const command = ONLINE.has(name) ? 'refresh' : 'renew, with the offline keys';
    if (left <= 0) {
      const message = `${name} expired on ${expires.slice(0, 10)}: consumers refuse the channel until you run ${command}`;
      return [{ kind: 'expired', about: name, message }];
    }
    if (ONLINE.has(name) || left > OFFLINE_NOTICE_MS) return [];
    return [{ kind: 'expires-soon', about: name, message: `${name} expires in ${spanText(left)}: run ${command}` }];
  });
}

/** Online roles that have lived three quarters of their life: whoever should run `refresh` does not. */
export function lateRefreshWarnings({ index, snapshot, timestamp }: OwnMetadata, now: number): Warning[] {
  return Object.entries({ index, snapshot, timestamp } as const).flatMap(([name, role]): Warning[] => {
    const left = role.expires - now;
    if (left <= 0 || left > lifetimeOf(name as 'index', role) / 4) return [];
    const message = `${name} expires in ${spanText(left)}: run refresh, daily from now on`;
    return [{ kind: 'expires-soon', about: name, message }];
  });
}
