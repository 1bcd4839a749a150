/** Which records of a verified index may be offered: what the policy or the record itself forbids is left out of every form. */
import { setImmediate } from 'node:timers/promises';
import { entryOf, type IndexedRecord, type RecordCheck } from '@antivenom/client';
import {
  ContentTrustError,
  checkRedirects,
  fileOf,
  PolicyError,
  type RecordSlice,
  type Repodata,
  recordRedirects,
} from '@antivenom/core';
import type { CooldownCheck } from './cooldown.ts';

/** Of records that are not offered, why. */
export type LeftOut = ReadonlyMap<RecordSlice, ContentTrustError>;

/** So many records are judged before others get their turn. */
const AT_ONCE = 256;

/** What was judged before by the same rules. */
export interface Judged {
  readonly source: Repodata;
  readonly leftOut: LeftOut;
}

/**
 * @param place its address without credentials
 * @param before what it held is offered again where not a byte of it has changed
 */
export async function judgeRecords(
  source: Repodata,
  check: Pick<RecordCheck, 'evidenceOf'>,
  place: { readonly channelUrl: string; readonly subdir: string },
  cooldown: CooldownCheck | undefined,
  before: Judged | undefined,
): Promise<LeftOut> {
  const leftOut = new Map<RecordSlice, ContentTrustError>();
  for (const [at, slice] of source.records.entries()) {
    if (at % AT_ONCE === AT_ONCE - 1) await setImmediate();
    if (before !== undefined && wasOffered(source, slice, before)) continue;
    try {
      const entry = entryOf(source, slice);
      judgeRecord(entry, check, place);
      cooldown?.check(entry, `${place.subdir}/${fileOf(slice)}`);
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      leftOut.set(slice, error);
    }
  }
  return leftOut;
}

function wasOffered(source: Repodata, slice: RecordSlice, before: Judged): boolean {
  const file = fileOf(slice);
  const other = before.source.find(file, slice.map);
  if (other?.map !== slice.map || before.leftOut.has(other)) return false;
  if (!sameBytes(bytesOf(source, slice), bytesOf(before.source, other))) return false;
  const [signatures, others] = [source, before.source].map((index) => {
    const entry = index.signatureEntries.get(file);
    return entry === undefined ? new Uint8Array() : index.bytes.subarray(entry.valueStart, entry.valueEnd);
  });
  return signatures !== undefined && others !== undefined && sameBytes(signatures, others);
}

function bytesOf({ bytes }: Repodata, { start, end }: RecordSlice): Uint8Array {
  return bytes.subarray(start, end);
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** @throws ContentTrustError for a record that may not be offered */
function judgeRecord(
  entry: IndexedRecord,
  check: Pick<RecordCheck, 'evidenceOf'>,
  { channelUrl, subdir }: { readonly channelUrl: string; readonly subdir: string },
): void {
  const { map, file, record } = entry;
  if (map === 'v3.whl') {
    throw new PolicyError('policy-refused', `${subdir}/${file}: what a wheel contains cannot be inspected yet`, {
      hint: 'Take the package in another format.',
      details: { file: `${subdir}/${file}` },
    });
  }
  check.evidenceOf(entry);
  checkRedirects(recordRedirects(file, map, record), { subdir, channelUrl, allowHosts: [] });
}
