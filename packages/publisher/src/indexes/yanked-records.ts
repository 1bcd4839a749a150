/** What an index is without the records of yanked files, and with those whose files are yanked no more. */
import {
  fileOf,
  jsonEquals,
  type RecordSlice,
  type Repodata,
  restoreRecords,
  withdrawRecords,
  YankedFiles,
} from '@antivenom/core';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { readOwnYanks } from '../channel/own-yanks.ts';
import { type KeptRecord, readWithdrawn, writeWithdrawn } from '../channel/withdrawn-records.ts';

export interface YankState {
  readonly yanked: YankedFiles;
  /** Records that were taken out earlier. */
  readonly kept: readonly KeptRecord[];
}

export async function readYankState({ source }: ChannelFolder, own: OwnMetadata): Promise<YankState> {
  const lists = await readOwnYanks(own);
  if (lists === undefined) return { yanked: YankedFiles.NONE, kept: [] };
  return { yanked: lists.files, kept: await readWithdrawn(source) };
}

export interface SettledIndex {
  /** The very one that was given where nothing of it changes. */
  readonly repodata: Repodata;
  /** Those that were taken out. */
  readonly withdrawn: readonly KeptRecord[];
}

/**
 * @param repodata the indexer's, or one that was published: there `removed` names what was taken out, and it comes back once
 * its file is yanked no more
 */
export function settleRecords(subdir: string, repodata: Repodata, { yanked, kept }: YankState): SettledIndex {
  const removed = new Set(kept.length === 0 ? [] : repodata.removed);
  const back = kept.filter((record) => {
    return record.subdir === subdir && removed.has(fileOf(record)) && !isYanked(record.record.get('sha256'), yanked);
  });
  const restored = back.length === 0 ? repodata : restoreRecords(repodata, back);
  if (yanked.yanks.length === 0) return { repodata: restored, withdrawn: [] };
  const withdrawn = new Map<RecordSlice, KeptRecord>();
  for (const slice of restored.records) {
    const record = restored.record(slice);
    if (isYanked(record.get('sha256'), yanked)) {
      withdrawn.set(slice, { subdir, map: slice.map, file: slice.file, record });
    }
  }
  return {
    repodata: withdrawRecords(restored, (slice) => withdrawn.has(slice)),
    withdrawn: [...withdrawn.values()],
  };
}

/** Keeps what is yanked and what has just been taken out, before anything is published without it. */
export async function keepWithdrawn(
  source: string,
  { kept }: YankState,
  withdrawn: readonly KeptRecord[],
): Promise<void> {
  const known = byPlace(kept);
  const isKept = (one: KeptRecord) => {
    const other = known.get(placeOf(one));
    return other !== undefined && jsonEquals(one.record, other.record);
  };
  if (withdrawn.every(isKept)) return;
  await writeWithdrawn(source, [...byPlace([...kept, ...withdrawn]).values()]);
}

/** Forgets what has come back, once it is published. */
export async function forgetRestored(source: string, yanked: YankedFiles): Promise<void> {
  const kept = await readWithdrawn(source);
  const still = kept.filter(({ record }) => isYanked(record.get('sha256'), yanked));
  if (still.length < kept.length) await writeWithdrawn(source, still);
}

function byPlace(records: readonly KeptRecord[]): Map<string, KeptRecord> {
  return new Map(records.map((kept) => [placeOf(kept), kept]));
}

function placeOf({ subdir, map, file }: KeptRecord): string {
  return `${subdir}/${map}/${file}`;
}

function isYanked(sha256: unknown, yanked: YankedFiles): boolean {
  return typeof sha256 === 'string' && yanked.ofContent(sha256) !== undefined;
}
