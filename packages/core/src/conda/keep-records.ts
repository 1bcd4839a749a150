/** A repodata file with fewer records, in its own form. */
import { type ByteRange, cut, rangesOfDropped } from './cut.ts';
import { fileOf, type RecordSlice, type Repodata } from './repodata.ts';

/**
 * The same file with only the records that `keep` says, and without the outermost members named in `drop`; order,
 * indentation and the bytes of what stays are as they were.
 */
export function keepRecords(
  repodata: Repodata,
  keep: (slice: RecordSlice) => boolean,
  drop: ReadonlySet<string> = new Set(),
): Uint8Array {
  const { bytes, members } = repodata;
  const dropped = rangesOfDropped(
    bytes,
    members.map((member) => ({ keyStart: member.keyStart, end: member.valueEnd })),
    (index) => !drop.has(members[index]?.key ?? ''),
  );
  const ranges = [...dropped, ...droppedRecords(repodata, keep, drop)];
  return cut(
    bytes,
    ranges.sort((a, b) => a.start - b.start),
  );
}

/** The same file with only the records that `keep` says, and of the signatures those of the files that stay. */
export function selectRecords(repodata: Repodata, keep: (slice: RecordSlice) => boolean): Uint8Array {
  const { bytes, signatureEntries } = repodata;
  const kept = new Set(repodata.records.filter(keep).map(fileOf));
  const entries = [...signatureEntries.values()];
  const signatures = rangesOfDropped(
    bytes,
    entries.map(({ keyStart, valueEnd }) => ({ keyStart, end: valueEnd })),
    (index) => kept.has(entries[index]?.key ?? ''),
  );
  const ranges = [...signatures, ...droppedRecords(repodata, keep, new Set())];
  return cut(
    bytes,
    ranges.sort((a, b) => a.start - b.start),
  );
}

function droppedRecords(
  repodata: Repodata,
  keep: (slice: RecordSlice) => boolean,
  drop: ReadonlySet<string>,
): ByteRange[] {
  const byMap = Map.groupBy(repodata.records, (slice) => slice.map);
  return [...byMap].flatMap(([map, slices]) => {
    if (drop.has(map.startsWith('v3.') ? 'v3' : map)) return [];
    const kept = slices.map(keep);
    return rangesOfDropped(repodata.bytes, slices, (index) => kept[index] ?? true);
  });
}
