/** Whether an index in the indexer's own words is what was published of it. */
import { ContentTrustError, type Repodata, scanRepodata, withoutSignatures } from '@antivenom/core';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, readTarget } from '../channel/published-targets.ts';
import { INDEX_LIMITS } from './source-index.ts';
import { readYankState, settleRecords } from './yanked-records.ts';

/**
 * Signatures aside, and records of files that were yanked or are yanked no more.
 *
 * @param published facts of the `repodata.json` that is published
 * @throws StoreError `store-corrupt` where that is damaged
 */
export async function isAsPublished(
  channel: ChannelFolder,
  own: OwnMetadata,
  published: FileFacts,
  found: Uint8Array,
): Promise<boolean> {
  const signed = plain(await readTarget(own.folder, published));
  const same = (bytes: Uint8Array | undefined) => bytes !== undefined && signed !== undefined && equal(bytes, signed);
  if (same(plain(found))) return true;
  const [subdir = ''] = published.path.split('/');
  const state = await readYankState(channel, own);
  return same(plain(found, (repodata) => settleRecords(subdir, repodata, state).repodata));
}

/** @returns undefined for what is no index: the indexer is writing it just now */
function plain(bytes: Uint8Array, settle: (repodata: Repodata) => Repodata = (repodata) => repodata) {
  try {
    return withoutSignatures(settle(scanRepodata(bytes, INDEX_LIMITS)));
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
