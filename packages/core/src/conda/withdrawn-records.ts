/** Records that leave an index for its list `removed`, and come back from there; every other byte stays as it was. */
import { quotePlain } from '../json/quote.ts';
import { scanMembers } from '../json/scan.ts';
import type { JsonObject } from '../json/value.ts';
import { writeJson } from '../json/write.ts';
import { concat } from './cut.ts';
import { encode, formOf, spaceBefore, withMember } from './file-form.ts';
import { selectRecords } from './keep-records.ts';
import type { RecordMap } from './record-maps.ts';
import { fileOf, type RecordSlice, type Repodata, scanRepodata } from './repodata.ts';

/** A record as it stood in an index. */
export interface WithdrawnRecord {
  readonly map: RecordMap;
  /** Its key in its map. */
  readonly file: string;
  readonly record: JsonObject;
}

/** The same index without these records and their signatures, their files named in `removed`. */
export function withdrawRecords(repodata: Repodata, isWithdrawn: (slice: RecordSlice) => boolean): Repodata {
  const withdrawn = repodata.records.filter(isWithdrawn);
  if (withdrawn.length === 0) return repodata;
  const rest = scanRepodata(
    selectRecords(repodata, (slice) => !isWithdrawn(slice)),
    repodata.limits,
  );
  // A wheel's key names no file.
  const files = withdrawn.filter(({ map }) => map !== 'v3.whl').map(fileOf);
  return withRemoved(rest, [...rest.removed, ...files]);
}

/** The same index with these records back: not those that it has, and not those that have no place, their map being gone. */
export function restoreRecords(repodata: Repodata, records: readonly WithdrawnRecord[]): Repodata {
  let restored = repodata;
  for (const withdrawn of records) {
    const bytes = restored.find(fileOf(withdrawn)) === undefined ? withRecord(restored, withdrawn) : undefined;
    if (bytes !== undefined) restored = scanRepodata(bytes, repodata.limits);
  }
  const gone = restored.removed.filter((file) => restored.find(file) === undefined);
  return gone.length === restored.removed.length ? restored : withRemoved(restored, gone);
}

function withRemoved(repodata: Repodata, files: readonly string[]): Repodata {
  const form = formOf(repodata);
  const names = [...new Set(files)]
    .sort()
    .map(quotePlain)
    .join(`,${form.between(2)}`);
  const written = names === '' ? '[]' : `[${form.open(2)}${names}${form.close(2)}]`;
  return scanRepodata(withMember(repodata, 'removed', [encode(written)]), repodata.limits);
}

/** The record comes where the order of names has it. */
function withRecord(repodata: Repodata, { map, file, record }: WithdrawnRecord): Uint8Array | undefined {
  const { bytes } = repodata;
  const { colon } = formOf(repodata);
  const slices = repodata.records.filter((slice) => slice.map === map);
  const next = slices.find((slice) => slice.file > file);
  const last = slices.at(-1);
  const written = [encode(`${quotePlain(file)}${colon}`), writeJson(record)];
  const insert = (at: number, ...pieces: readonly Uint8Array[]) =>
    concat([bytes.subarray(0, at), ...pieces, bytes.subarray(at)]);
  if (next !== undefined) return insert(next.keyStart, ...written, encode(`,${spaceBefore(bytes, next.keyStart)}`));
  if (last !== undefined) return insert(last.end, encode(`,${spaceBefore(bytes, last.keyStart)}`), ...written);
  const start = startOfMap(repodata, map);
  return start === undefined ? undefined : insert(start + 1, ...written);
}

function startOfMap(repodata: Repodata, map: RecordMap): number | undefined {
  if (!map.startsWith('v3.')) return repodata.member(map)?.valueStart;
  const outer = repodata.member('v3');
  const inner = outer && scanMembers(repodata.bytes, outer.valueStart, repodata.limits);
  return inner?.find(({ key }) => `v3.${key}` === map)?.valueStart;
}
