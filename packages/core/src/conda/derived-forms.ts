/** May a form of an index be made anew from `repodata.json`, or does it say something of its own? */
import { VerificationError } from '../errors.ts';
import { jsonEquals } from '../json/equals.ts';
import type { JsonObject } from '../json/value.ts';
import type { RecordMap } from './record-maps.ts';
import { fileOf, type RecordSlice, type Repodata } from './repodata.ts';

/** A record in which a derived form differs from the source; `missing` only where the form should hold every record. */
export interface Contradiction {
  readonly file: string;
  readonly map: RecordMap;
  readonly reason: 'not-in-source' | 'differs' | 'missing';
}

/**
 * The records of a derived form that contradict the source, by name: none means that the form follows from the source
 * and may be rebuilt. A derived form may list fewer; signatures and `legacy_bz2_…` members, which an indexer adds to
 * some forms alone, do not count.
 */
export function contradicts(source: Repodata, derived: Repodata): Contradiction[] {
  const found: Contradiction[] = [];
  for (const slice of derived.records) {
    const reason = contradiction(source, derived, slice);
    if (reason !== undefined) found.push({ file: slice.file, map: slice.map, reason });
  }
  return found;
}

function contradiction(source: Repodata, derived: Repodata, slice: RecordSlice): Contradiction['reason'] | undefined {
  const original = source.find(fileOf(slice), slice.map);
  if (original?.map !== slice.map) return 'not-in-source';
  return sameRecord(source.record(original), derived.record(slice)) ? undefined : 'differs';
}

/** A server could have a refusal list millions. */
const MOST_NAMED = 100;

/**
 * Refuses a form that contradicts its source.
 *
 * @param form the form's path for the message, `linux-64/current_repodata.json`
 * @throws VerificationError `forms-differ`, naming the first record and counting them; `details.records` lists the first 100.
 */
export function verifyAgreement(form: string, contradictions: readonly Contradiction[]): void {
  const [first] = contradictions;
  if (first === undefined) return;
  const what = { 'not-in-source': 'is only in the former', differs: 'differs', missing: 'is only in the latter' }[
    first.reason
  ];
  throw new VerificationError(
    'forms-differ',
    `${form} and repodata.json tell different stories: ${first.file} ${what} (records that differ: ${contradictions.length})`,
    {
      hint: 'Index the channel again, or have the form rebuilt from repodata.json.',
      details: { form, records: contradictions.slice(0, MOST_NAMED) },
    },
  );
}

/** Whether two records say the same, `legacy_bz2_…` members aside. */
export function sameRecord(a: JsonObject, b: JsonObject): boolean {
  return jsonEquals(withoutLegacy(a), withoutLegacy(b));
}

function withoutLegacy(record: JsonObject): JsonObject {
  return new Map([...record].filter(([member]) => !member.startsWith('legacy_bz2_')));
}
