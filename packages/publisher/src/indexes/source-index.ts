/** One subdir's `repodata.json`, every record of it checked before anything is vouched for. */
import {
  ContentTrustError,
  checkRecordHashes,
  checkRecordNames,
  checkRedirects,
  headRedirects,
  MalformedError,
  type RecordSlice,
  type Redirect,
  type Repodata,
  recordRedirects,
  scanRepodata,
} from '@antivenom/core';
import type { Refused } from '../operations.ts';

/** A record that passed, with what was learned of it. */
export interface SourceRecord {
  readonly slice: RecordSlice;
  /** The package file. */
  readonly file: string;
  readonly sha256: string;
  readonly size: number | undefined;
  /** Whether it can carry a record signature: those without `subdir` and of `v3` maps cannot. */
  readonly signable: boolean;
}

export interface SourceIndex {
  readonly subdir: string;
  readonly repodata: Repodata;
  readonly records: readonly SourceRecord[];
}

/** Largest index that is read, in bytes. */
const MAX_INDEX_BYTES = 2 ** 31;
export const INDEX_LIMITS = { maxBytes: MAX_INDEX_BYTES, maxDepth: 64 };

/**
 * Reads an index, and names every record that nobody should sign in `refused`.
 *
 * @param allowHosts where the index may lead; `published`: it was signed already, wherever that is
 * @returns undefined for bytes that are no index at all
 */
export function readSourceIndex(
  subdir: string,
  bytes: Uint8Array,
  allowHosts: readonly string[] | 'published',
  refused: Refused[],
): SourceIndex | undefined {
  const where = `${subdir}/repodata.json`;
  const repodata = attempt(where, refused, () => scanSource(where, bytes));
  if (repodata === undefined) return undefined;
  const check = (file: string, redirects: readonly Redirect[]) => {
    if (allowHosts === 'published') return;
    for (const redirect of redirects) {
      attempt(file, refused, () => checkRedirects([redirect], { subdir, allowHosts }));
    }
  };
  check(where, headRedirects(repodata));
  const records: SourceRecord[] = [];
  for (const slice of repodata.records) {
    const file = `${subdir}/${slice.file}`;
    const record = repodata.record(slice);
    check(file, recordRedirects(slice.file, slice.map, record));
    const names = attempt(file, refused, () => checkRecordNames(subdir, slice.file, slice.map, record));
    const digest = attempt(file, refused, () => checkRecordHashes(file, record));
    if (names === undefined || digest === undefined) continue;
    const signable = names.subdirStated && !slice.map.startsWith('v3.');
    records.push({ slice, file: names.file, ...digest, signable });
  }
  return { subdir, repodata, records };
}

function scanSource(where: string, bytes: Uint8Array): Repodata {
  try {
    return scanRepodata(bytes, INDEX_LIMITS);
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.message.includes(where)) throw cause;
    throw new MalformedError(`${where}: ${cause.message}`, {
      hint: 'Index the channel again.',
      details: { file: where, ...cause.details },
      cause,
    });
  }
}

/** Runs a check; what it throws is kept as a refusal of `file`. */
export function attempt<T>(file: string, refused: Refused[], check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    refused.push(refusalOf(file, error));
    return undefined;
  }
}

/** Anything but an error of ours passes on. */
export function refusalOf(file: string, error: unknown): Refused {
  if (!(error instanceof ContentTrustError)) throw error;
  const { code, message, hint, details } = error;
  return { file, code, message, ...(hint === undefined ? {} : { hint }), details };
}
