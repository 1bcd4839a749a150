/** What hash bins are to list otherwise, by what an index says that it did not say before. */
import {
  type Binning,
  binOfPath,
  ContentTrustError,
  checkRecordHashes,
  type RecordSlice,
  type Repodata,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { FileFacts } from '../channel/published-targets.ts';
import { isBinned } from './own-bins.ts';

/** Paths of packages → what their bin says of them from now on; undefined: nothing any more. */
export type BinChange = Map<string, FileFacts | undefined>;

export class BinChanges {
  /** By the number of the bin. One without a change of its own is signed anew as it is. */
  readonly bins = new Map<number, BinChange>();
  /** Packages that no bin can list: their records state no size, without which there is no target. */
  withoutSize = 0;
  readonly #binning: Binning;

  constructor(binning: Binning) {
    this.#binning = binning;
  }

  /** Has a bin signed anew. */
  touch(number: number): BinChange {
    const known = this.bins.get(number);
    if (known !== undefined) return known;
    const change: BinChange = new Map();
    this.bins.set(number, change);
    return change;
  }

  set(path: string, facts: FileFacts | undefined): void {
    this.touch(binOfPath(path, this.#binning, nodeCrypto)).set(path, facts);
  }

  /**
   * Takes what differs between two publications of a subdir's index; records that are the same byte for byte are not read.
   *
   * @param before undefined where there was none, and `after` where there will be none
   */
  compare(subdir: string, before: Repodata | undefined, after: Repodata | undefined): void {
    const earlier = packagesIn(subdir, before);
    const later = packagesIn(subdir, after);
    for (const [path, slice] of later) {
      const known = earlier.get(path);
      if (after === undefined || (before && known && sameBytes(before, known, after, slice))) continue;
      const was = before && known && statedBefore(path, before, known);
      const is = stated(path, after, slice);
      if (is === undefined) this.withoutSize++;
      if (was?.sha256 !== is?.sha256 || was?.length !== is?.length) this.set(path, is);
    }
    for (const path of earlier.keys()) if (!later.has(path)) this.set(path, undefined);
  }
}

/** Records of packages that bins can list, by path. */
function packagesIn(subdir: string, repodata: Repodata | undefined): ReadonlyMap<string, RecordSlice> {
  const found = new Map<string, RecordSlice>();
  for (const slice of repodata?.records ?? []) {
    const { map, file } = slice;
    // A key of `v3.conda` spells the file without its extension.
    const path = `${subdir}/${map.startsWith('v3.') ? `${file}.${map.slice('v3.'.length)}` : file}`;
    if (isBinned(path)) found.set(path, slice);
  }
  return found;
}

function sameBytes(before: Repodata, one: RecordSlice, after: Repodata, other: RecordSlice): boolean {
  const [was, is] = [before.bytes.subarray(one.start, one.end), after.bytes.subarray(other.start, other.end)];
  return Buffer.compare(was, is) === 0;
}

/** @returns undefined for a record that states no size */
function stated(path: string, repodata: Repodata, slice: RecordSlice): FileFacts | undefined {
  const { sha256, size } = checkRecordHashes(path, repodata.record(slice));
  return size === undefined ? undefined : { path, length: size, sha256 };
}

/** What was published under other rules than today's is not what is signed today. */
function statedBefore(path: string, repodata: Repodata, slice: RecordSlice): FileFacts | undefined {
  try {
    return stated(path, repodata, slice);
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}
