/** Every file that an authority was ever seen to take back, as the trust store keeps it beside the metadata. */
import type { Yank } from '@antivenom/core';
import { ContentTrustError, distinctYanks, readYankList, writeYankList, YANKED } from '@antivenom/core/tuf';
import type { AuthorityMemory } from '../trust/authority-store.ts';

/** No role's metadata is kept under such a name. */
const NAME = 'yanked.seen';
/** What all lists of a channel's life may come to; a thief of its key would fill the disk. */
const LIMITS = { maxBytes: 64_000_000, maxDepth: 4 };

/** @returns undefined where no list was ever seen */
export async function readSeenYanks(memory: AuthorityMemory): Promise<Yank[] | undefined> {
  const bytes = await memory.read(NAME);
  if (bytes === undefined) return undefined;
  try {
    return readYankList(YANKED, bytes, LIMITS);
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw memory.damaged(NAME, cause.message, cause);
  }
}

/** Adds to them. @returns all of them */
export async function seeYanks(memory: AuthorityMemory, yanks: readonly Yank[]): Promise<Yank[]> {
  const seen = await readSeenYanks(memory);
  const all = distinctYanks([...(seen ?? []), ...yanks]);
  if (seen === undefined || all.length > seen.length) {
    const bytes = writeYankList(YANKED, all);
    readYankList(YANKED, bytes, LIMITS);
    await memory.write(NAME, bytes);
  }
  return all;
}
