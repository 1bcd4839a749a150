/** How long the roles of a channel last, and other lifetimes for them. */
import { join } from 'node:path';
import { StoreError } from '@antivenom/core';
import { loadKeys, type RoleSigners } from '@antivenom/signers';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { readOwnMetadata } from './channel/own-metadata.ts';
import { withFiles } from './channel/published-targets.ts';
import type { Standing } from './channel/standing.ts';
import type { ExpiryOptions, ExpiryPolicy, ExpiryResult, PublisherEnv } from './operations.ts';
import { type Edition, type MetadataFile, type SignedRole, signEdition, underHashes } from './publication/edition.ts';
import { publishRenewal } from './publication/publish-renewal.ts';
import { loadAllKeys, renewRoot } from './renew.ts';
import { renewedChain, renewedPkgMgr } from './roles/chain-signing.ts';
import { signDelegated } from './roles/delegated-signing.ts';
import {
  isRefreshed,
  type Lifetimes,
  lifetimesOf,
  lifetimeWarnings,
  requireLifetimes,
  withLifetimes,
} from './roles/lifetimes.ts';
import { signOffline } from './roles/offline-signing.ts';
import { DAY_MS } from './roles/role-plan.ts';
import { noticeOf } from './roles/role-status.ts';
import { withYankKeys } from './roles/yank-lists.ts';

/**
 * Opens no key and writes nothing.
 *
 * @throws UsageError `not-initialised`
 * @throws StoreError `store-corrupt`
 */
export async function channelExpiry(channel: string): Promise<ExpiryPolicy> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  const own = await readOwnMetadata(folders.published);
  return policyOf({ own, chains: await readOwnChains(own) });
}

function policyOf(standing: Standing): ExpiryPolicy {
  const lifetimes = lifetimesOf(standing);
  return {
    roles: [...lifetimes].map(([role, days]) =>
      isRefreshed(role)
        ? { role, days, renewedBy: 'refresh', everyDays: days / 2, noticeDays: days / 4 }
        : { role, days, renewedBy: 'renew', everyDays: days, noticeDays: noticeOf(days * DAY_MS) / DAY_MS },
    ),
    warnings: lifetimeWarnings(lifetimes),
  };
}

/**
 * Signs the roles that are named anew, with other lifetimes from now on. Opens the offline keys only where one of them is
 * offline.
 *
 * @throws UsageError `usage` for a role that the channel does not have, or what is no number of days; `not-initialised`,
 *   `wrong-passphrase`
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 */
export async function changeExpiry(channel: string, options: ExpiryOptions, env: PublisherEnv): Promise<ExpiryResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  const { days } = options;
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const standing = { own, chains: await readOwnChains(own) };
    requireLifetimes(days, lifetimesOf(standing));
    const isOnlineAlone = [...days.keys()].every(isRefreshed);
    const keys = isOnlineAlone
      ? await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase())
      : await withYankKeys(own, await loadAllKeys(options), options, env);
    const edition = await editionWith(withLifetimes(standing, days), days, keys, env.now);
    const result = await publishRenewal(folders, standing, edition, options, env);
    const after = await readOwnMetadata(folders.published, options.keys);
    const policy = policyOf({ own: after, chains: await readOwnChains(after) });
    return { ...result, policy: policy.roles, warnings: [...policy.warnings, ...result.warnings] };
  });
}

async function editionWith(
  { own, chains }: Standing,
  days: Lifetimes,
  keys: RoleSigners,
  now: number,
): Promise<Edition> {
  const offline: MetadataFile[] = [];
  const online: MetadataFile[] = [];
  for (const chain of chains) {
    const { name } = chain.chain;
    const wanted = (['root', 'key_mgr'] as const).filter((role) => days.has(`${name}/${role}`));
    const { files, heldElsewhere } = await renewedChain(chain, keys, now, wanted);
    for (const role of heldElsewhere) throw heldByOthers(role);
    offline.push(...files);
    if (days.has(`${name}/pkg_mgr`)) online.push(...(await renewedPkgMgr(chain, keys, now)));
  }
  const roles: SignedRole[] = [];
  const lists: MetadataFile[] = [];
  if (days.has('targets') || offline.length > 0) {
    const signed = await signOffline(own, { files: offline }, keys, now);
    roles.push(...signed.roles);
    lists.push(...signed.lists);
  }
  for (const role of own.delegated.keys()) {
    if (roles.some((signed) => signed.role === role)) continue;
    const members = role === 'index' && online.length > 0 ? { targets: withFiles(own.index, online) } : {};
    if (days.has(role) || 'targets' in members) roles.push(await signDelegated(own, role, members, keys, now));
  }
  const edition = await signEdition(
    own,
    {
      ...(days.has('root') ? { root: await renewRoot(own, keys, now) } : {}),
      roles,
      ...(days.has('snapshot') ? { snapshot: 'renew' } : {}),
    },
    keys,
    now,
  );
  return [...underHashes([...offline, ...online, ...lists]), ...edition];
}

function heldByOthers(role: string): StoreError {
  return new StoreError('key-missing', `${role} cannot be signed: others hold its keys`, {
    hint: 'Whoever holds them decides how long it lasts; import cct --chain takes it over.',
    details: { role },
  });
}
