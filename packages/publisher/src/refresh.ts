/** Renews online roles before they expire, for a daily job. */
import { join } from 'node:path';
import { loadKeys } from '@antivenom/signers';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import type { PublisherEnv, RefreshOptions, RefreshResult } from './operations.ts';
import { type Changes, type Edition, signEdition } from './publication/edition.ts';
import { replaceWhatWasPublished } from './publication/ordinary-names.ts';
import { publishEdition } from './publication/publish-edition.ts';
import { DEFAULT_KEEP_MS } from './publication/retention.ts';
import { isPastHalf } from './roles/reissue.ts';
import { expiryWarnings, roleStatuses } from './roles/role-status.ts';

/**
 * Renews each online role past half its life, and mends ordinary names that a killed run left. Opens no key, and writes
 * nothing, where neither is due; never opens an offline key.
 *
 * @throws UsageError `not-initialised`, `wrong-passphrase`
 * @throws StoreError `store-corrupt`, `key-missing`, `locked`
 */
export async function refreshChannel(
  channel: string,
  options: RefreshOptions,
  env: PublisherEnv,
): Promise<RefreshResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const changes = dueChanges(own, env.now);
    const edition = changes === undefined ? [] : await signOnline(own, changes, options, env.now);
    const published = await publishEdition(folders, own, edition, {
      keys: options.keys,
      now: env.now,
      keepMs: options.keepMs ?? DEFAULT_KEEP_MS,
      mayReplace: (generations) => replaceWhatWasPublished(folders, generations),
    });
    const roles = roleStatuses(published.own, await readOwnChains(published.own), env.now);
    return {
      published: edition.length > 0,
      renewed: renewedRoles(own, published.own),
      files: published.files,
      folder: folders.published,
      warnings: [...published.warnings, ...expiryWarnings(roles, env.now)],
    };
  });
}

/** What is past half its life; undefined where nothing is. A new timestamp comes with every change. */
export function dueChanges(own: OwnMetadata, now: number): Changes | undefined {
  const isIndexDue = isPastHalf('index', own.index, now);
  const isSnapshotDue = isPastHalf('snapshot', own.snapshot, now);
  if (!isIndexDue && !isSnapshotDue && !isPastHalf('timestamp', own.timestamp, now)) return undefined;
  return { ...(isIndexDue ? { index: 'renew' } : {}), ...(isSnapshotDue ? { snapshot: 'renew' } : {}) };
}

async function signOnline(own: OwnMetadata, changes: Changes, options: RefreshOptions, now: number): Promise<Edition> {
  const keys = await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase());
  return signEdition(own, changes, keys, now);
}

/** Names of the TUF roles that have a new version. */
export function renewedRoles(before: OwnMetadata, after: OwnMetadata): string[] {
  const roles = ['root', 'targets', 'index', 'snapshot', 'timestamp'] as const;
  return roles.filter((role) => after[role].version > before[role].version);
}
