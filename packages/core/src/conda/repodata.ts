/**
 * A repodata file read by byte ranges: what stands where, and each record parsed when it is asked for. The largest real
 * indexes have millions of records and outgrow what a tree of values, or one string, can hold.
 */
import { MalformedError } from '../errors.ts';
import { jsonEquals } from '../json/equals.ts';
import type { JsonLimits } from '../json/limits.ts';
import { readJsonAt } from '../json/read.ts';
import { type JsonMember, scanMembers } from '../json/scan.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { isWhitespace } from './cut.ts';
import { type RecordMap, refuseUnknownMap, twoStories } from './record-maps.ts';

/** One record's place: all offsets are into the file's bytes, `start` to `end` (exclusive) is the record itself. */
export interface RecordSlice {
  readonly map: RecordMap;
  /** The record's key, as written: the file name, but in `v3.…`, where it is name-version-build without extension. */
  readonly file: string;
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The largest real records have some 100 kB. What was read takes many times its bytes in memory, and its canonical form may
 * too, so that one record of the size of an index would bring the reader down.
 */
const MOST_PART_BYTES = 4_000_000;

export class Repodata {
  readonly bytes: Uint8Array;
  readonly limits: JsonLimits;
  /** Members of the outermost object, in order of appearance. */
  readonly members: readonly JsonMember[];
  /** All records, in order of appearance. */
  readonly records: readonly RecordSlice[];
  readonly #byFile: ReadonlyMap<string, RecordSlice>;
  readonly #again: ReadonlyMap<RecordMap, ReadonlyMap<string, RecordSlice>>;

  /** Only {@link scanRepodata} makes one. */
  constructor(
    bytes: Uint8Array,
    limits: JsonLimits,
    members: readonly JsonMember[],
    records: readonly RecordSlice[],
    byFile: ReadonlyMap<string, RecordSlice>,
    again: ReadonlyMap<RecordMap, ReadonlyMap<string, RecordSlice>>,
  ) {
    this.bytes = bytes;
    this.limits = limits;
    this.members = members;
    this.records = records;
    this.#byFile = byFile;
    this.#again = again;
  }

  member(key: string): JsonMember | undefined {
    return this.members.find((member) => member.key === key);
  }

  /** `info`, or undefined where the file has none. */
  get info(): JsonObject | undefined {
    return this.#object('info');
  }

  /** `metadata`, which subchannel tools write in place of `info`. */
  get metadata(): JsonObject | undefined {
    return this.#object('metadata');
  }

  /** File names that were withdrawn from the channel. */
  get removed(): readonly string[] {
    const member = this.member('removed');
    if (member === undefined) return [];
    const value = readJsonAt(this.bytes, member.valueStart, member.valueEnd, this.limits);
    if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
    throw new MalformedError('repodata: `removed` must be a list of file names');
  }

  /** The range of the member `signatures`, or undefined where there is none. */
  get signatures(): JsonMember | undefined {
    return this.member('signatures');
  }

  /** The record in its own words, numbers as written. */
  record(slice: RecordSlice): JsonObject {
    const value = this.part(slice.start, slice.end);
    if (value instanceof Map) return value;
    throw new MalformedError(`repodata: the record of ${slice.file} in \`${slice.map}\` must be an object`);
  }

  /** The record of a package file: from the map asked for, else from the first that holds it. Wheels are found by key. */
  find(file: string, map?: RecordMap): RecordSlice | undefined {
    const first = this.#byFile.get(file);
    if (first === undefined || map === undefined || first.map === map) return first;
    return this.#again.get(map)?.get(file);
  }

  /**
   * The value between two offsets: a record, `info`, the signatures of one file, all of them small in every genuine index.
   *
   * @throws MalformedError also for one of over 4 MB.
   */
  part(start: number, end: number): JsonValue {
    const maxBytes = Math.min(this.limits.maxBytes, MOST_PART_BYTES);
    return readJsonAt(this.bytes, start, end, { ...this.limits, maxBytes });
  }

  #object(key: string): JsonObject | undefined {
    const member = this.member(key);
    const value = member && this.part(member.valueStart, member.valueEnd);
    if (value === undefined || value instanceof Map) return value;
    throw new MalformedError(`repodata: \`${key}\` must be an object`);
  }
}

/**
 * Reads the outline of a repodata file in any of its forms (`repodata.json`, `current_repodata.json`, …), checking the
 * syntax of every byte.
 *
 * @throws MalformedError for bytes that are not JSON of this shape, a name that stands twice in one map among them.
 * @throws VerificationError `name-mismatch` for a file that stands in two maps with different content, so that two
 * clients would install two things; `unsafe-index` for a map of records that no specification names, because clients
 * disagree on whether to read it.
 * @see https://conda.org/learn/ceps/cep-0036 https://conda.org/learn/ceps/cep-0048
 */
export function scanRepodata(bytes: Uint8Array, limits: JsonLimits): Repodata {
  if (bytes.length > limits.maxBytes) {
    throw new MalformedError(`repodata: ${bytes.length} bytes are more than the limit of ${limits.maxBytes}`);
  }
  const members = scanDocument(bytes, limits);
  const records: RecordSlice[] = [];
  for (const member of members) collectRecords(bytes, member, limits, records);
  const byFile = new Map<string, RecordSlice>();
  const again = new Map<RecordMap, Map<string, RecordSlice>>();
  const repodata = new Repodata(bytes, limits, members, records, byFile, again);
  for (const slice of records) {
    const file = fileOf(slice);
    const other = byFile.get(file);
    if (other === undefined) byFile.set(file, slice);
    else if (!jsonEquals(repodata.record(other), repodata.record(slice))) {
      throw twoStories(file, other.map, slice.map);
    } else {
      const ofMap = again.get(slice.map) ?? new Map<string, RecordSlice>();
      again.set(slice.map, ofMap.set(file, slice));
    }
  }
  // Each of these throws when it is of the wrong shape; better now than at the first use.
  void repodata.info;
  void repodata.metadata;
  void repodata.removed;
  return repodata;
}

function scanDocument(bytes: Uint8Array, limits: JsonLimits): JsonMember[] {
  const members: JsonMember[] = [];
  const scan = scanMembers(bytes, 0, limits);
  let step = scan.next();
  for (; !step.done; step = scan.next()) members.push(step.value);
  for (let at = step.value; at < bytes.length; at++) {
    if (!isWhitespace(bytes[at])) {
      throw new MalformedError(`repodata: byte ${at} stands after the end of the document`, {
        details: { offset: at },
      });
    }
  }
  return members;
}

function collectRecords(bytes: Uint8Array, member: JsonMember, limits: JsonLimits, into: RecordSlice[]): void {
  const { key } = member;
  if (key === 'packages' || key === 'packages.conda') {
    collectMap(bytes, member, key, limits, into);
  } else if (key === 'v3') {
    requireObject(bytes, member, key);
    for (const map of scanMembers(bytes, member.valueStart, limits)) {
      collectMap(bytes, map, `v3.${map.key}`, limits, into);
    }
  } else if (key === 'signatures') {
    requireObject(bytes, member, key);
  } else {
    refuseUnknownMap(key, 'repodata');
  }
}

function collectMap(bytes: Uint8Array, at: JsonMember, map: RecordMap, limits: JsonLimits, into: RecordSlice[]): void {
  requireObject(bytes, at, map);
  for (const { key, keyStart, valueStart, valueEnd } of scanMembers(bytes, at.valueStart, limits)) {
    requireObject(bytes, { valueStart }, `${map}: ${key}`);
    into.push({ map, file: key, keyStart, start: valueStart, end: valueEnd });
  }
}

function requireObject(bytes: Uint8Array, at: { readonly valueStart: number }, what: string): void {
  if (bytes[at.valueStart] !== 0x7b) throw new MalformedError(`repodata: \`${what}\` must be an object`);
}

/**
 * The package file a slice stands for; for a wheel, whose file name is in the record (`fn`), its key, which can be no
 * other package's file name because those end in their extension.
 */
export function fileOf(slice: Pick<RecordSlice, 'map' | 'file'>): string {
  if (!slice.map.startsWith('v3.') || slice.map === 'v3.whl') return slice.file;
  return `${slice.file}.${slice.map.slice('v3.'.length)}`;
}
