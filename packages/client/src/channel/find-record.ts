/** The trusted record of one package file. */
import {
  DownloadError,
  type FoundTarget,
  KNOWN_SUBDIRS,
  REPODATA,
  RecordSignatures,
  type RecordSlice,
  type Repodata,
  scanRepodata,
  VerificationError,
  type Verified,
  yanked,
} from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import { INDEX_JSON } from '../limits.ts';
import { fetchTarget } from './fetch-target.ts';
import { contentOf } from './index-contents.ts';
import { subdirsOf } from './index-listing.ts';
import type { OpenChannel, ProvenChannel, RecordsChannel } from './open-channel.ts';
import type { IndexedRecord } from './record-check.ts';
import { unprovenIndex } from './verify-records-alone.ts';

export interface FoundRecord {
  readonly subdir: string;
  readonly entry: IndexedRecord;
}

/**
 * Looks a file name up in the subdirs, the likeliest first.
 *
 * @param likely the subdir that the file's place or content suggests; it decides nothing but the order
 * @returns every record of that name: at most one a subdir
 * @throws VerificationError `not-listed`
 * @throws DownloadError `not-held`, `unreachable`
 */
export async function findRecords(
  channel: ProvenChannel | RecordsChannel,
  file: string,
  likely: string | undefined,
  env: ClientEnv,
): Promise<FoundRecord[]> {
  const subdirs = channel.kind === 'tuf' ? subdirsOf(channel.listing) : KNOWN_SUBDIRS;
  const first = likely !== undefined && subdirs.includes(likely) ? [likely] : [];
  const found: FoundRecord[] = [];
  for (const subdir of [...first, ...subdirs.filter((other) => !first.includes(other))]) {
    const source = await readIndex(channel, subdir, env);
    const slice = source?.find(file);
    if (source === undefined || slice === undefined) continue;
    found.push({ subdir, entry: entryOf(source, slice) });
    if (subdir === likely) break;
  }
  if (found.length > 0) return found;
  throw notListed(file, channel);
}

/**
 * Why a file is in no index, as far as that is known.
 *
 * @param file its name, or `<subdir>/<name>`
 */
export function notListed(
  file: string,
  { key: channel, yanked: files }: Pick<OpenChannel, 'key' | 'yanked'>,
): VerificationError {
  const yank = files.ofName(file);
  if (yank !== undefined) return yanked(file, yank);
  const index = file.includes('/') ? 'not in the index' : 'in no index';
  return new VerificationError('not-listed', `${file} is ${index} of ${channel}`, {
    hint: 'Do not install it: the channel does not offer this file, or not any more.',
    details: { file, channel },
  });
}

export function entryOf(source: Repodata, slice: RecordSlice): IndexedRecord {
  return { ...slice, record: source.record(slice), signatures: new RecordSignatures(source).of(slice.file) };
}

/**
 * The whole index of a subdir, in the smallest form that a mirror holds.
 *
 * @returns undefined where the channel has none
 * @throws VerificationError, MalformedError by what is wrong with it
 * @throws DownloadError `not-held`, `unreachable`
 */
export async function readIndex(channel: OpenChannel, subdir: string, env: ClientEnv): Promise<Repodata | undefined> {
  if (channel.kind === 'cct') return unprovenIndex(channel, subdir, env);
  const forms = [`${REPODATA}.zst`, REPODATA, `${REPODATA}.bz2`];
  let lacking: Verified<FoundTarget> | undefined;
  for (const name of forms) {
    const target = channel.listing.get(`${subdir}/${name}`);
    if (target === undefined) continue;
    const fetched = await fetchTarget(target, channel, env);
    if (fetched !== undefined) return scanRepodata(contentOf(name, fetched.bytes), INDEX_JSON);
    lacking ??= target;
  }
  if (lacking === undefined) return undefined;
  throw new DownloadError('not-held', `the mirror does not hold the current index of ${subdir}`, {
    hint: 'Ask another mirror, or the channel itself.',
    details: { file: lacking.path },
  });
}
