/**
 * A repodata file read by byte ranges: what stands where, and each record parsed when it is asked for. The largest real
 * indexes have millions of records and outgrow what a tree of values, or one string, can hold.
 */
import { MalformedError } from '../errors.ts';
import { jsonEquals } from '../json/equals.ts';
import type { JsonLimits } from '../json/limits.ts';
import { readJsonAt } from '../json/read.ts';
import { type JsonMember, type MemberVisitor, walkMembers } from '../json/scan.ts';
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

const OPEN_OBJECT = 0x7b;

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
  /** The entries of the member `signatures`, by the file names they stand under. */
  readonly signatureEntries: ReadonlyMap<string, JsonMember>;
  readonly #byFile: ReadonlyMap<string, RecordSlice>;
  readonly #again: ReadonlyMap<RecordMap, ReadonlyMap<string, RecordSlice>>;

  /** Only {@link scanRepodata} makes one. */
  constructor(
    bytes: Uint8Array,
    limits: JsonLimits,
    members: readonly JsonMember[],
    records: readonly RecordSlice[],
    signatureEntries: ReadonlyMap<string, JsonMember>,
    byFile: ReadonlyMap<string, RecordSlice>,
    again: ReadonlyMap<RecordMap, ReadonlyMap<string, RecordSlice>>,
  ) {
    this.bytes = bytes;
    this.limits = limits;
    this.members = members;
    this.records = records;
    this.signatureEntries = signatureEntries;
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
 * @throws MalformedError for bytes that are not JSON of this shape, a name that stands twice in one map among them, or twice
 * under `signatures`.
 * @throws VerificationError `name-mismatch` for a file that stands in two maps with different content, so that two
 * clients would install two things; `unsafe-index` for a map of records that no specification names, because clients
 * disagree on whether to read it.
 * @see https://conda.org/learn/ceps/cep-0036 https://conda.org/learn/ceps/cep-0048
 */
export function scanRepodata(bytes: Uint8Array, limits: JsonLimits): Repodata {
  if (bytes.length > limits.maxBytes) {
    throw new MalformedError(`repodata: ${bytes.length} bytes are more than the limit of ${limits.maxBytes}`);
  }
  const { members, records, signatureEntries } = outlineOf(bytes, limits);
  const byFile = new Map<string, RecordSlice>();
  const again = new Map<RecordMap, Map<string, RecordSlice>>();
  const repodata = new Repodata(bytes, limits, members, records, signatureEntries, byFile, again);
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

interface Outline {
  readonly members: readonly JsonMember[];
  readonly records: readonly RecordSlice[];
  readonly signatureEntries: ReadonlyMap<string, JsonMember>;
}

/** In one pass over the bytes. */
function outlineOf(bytes: Uint8Array, limits: JsonLimits): Outline {
  const members: JsonMember[] = [];
  const records: RecordSlice[] = [];
  const signatureEntries = new Map<string, JsonMember>();
  const recordsOf = (map: RecordMap): MemberVisitor => ({
    leave(file, keyStart, start, end) {
      requireObject(bytes, start, `${map}: ${file}`);
      records.push({ map, file, keyStart, start, end });
    },
  });
  const mapsOfV3: MemberVisitor = {
    enter: (key, at, depth) => walkIfObject(at, recordsOf(`v3.${key}`), depth),
    leave: (key, _, at) => requireObject(bytes, at, `v3.${key}`),
  };
  const signatures: MemberVisitor = {
    leave: (key, keyStart, valueStart, valueEnd) => signatureEntries.set(key, { key, keyStart, valueStart, valueEnd }),
  };
  const walkIfObject = (at: number, visitor: MemberVisitor, depth: number): number | undefined =>
    bytes[at] === OPEN_OBJECT ? walkMembers(bytes, at, limits, visitor, depth) : undefined;
  const visitorOf = (key: string): MemberVisitor | undefined => {
    if (key === 'packages' || key === 'packages.conda') return recordsOf(key);
    if (key === 'v3') return mapsOfV3;
    return key === 'signatures' ? signatures : undefined;
  };
  const end = walkMembers(bytes, 0, limits, {
    enter(key, at, depth) {
      const visitor = visitorOf(key);
      return visitor && walkIfObject(at, visitor, depth);
    },
    leave: (key, keyStart, valueStart, valueEnd) => members.push({ key, keyStart, valueStart, valueEnd }),
  });
  requireEnd(bytes, end);
  for (const { key, valueStart } of members) {
    if (visitorOf(key) === undefined) refuseUnknownMap(key, 'repodata');
    else requireObject(bytes, valueStart, key);
  }
  return { members, records, signatureEntries };
}

function requireEnd(bytes: Uint8Array, end: number): void {
  for (let at = end; at < bytes.length; at++) {
    if (!isWhitespace(bytes[at])) {
      throw new MalformedError(`repodata: byte ${at} stands after the end of the document`, {
        details: { offset: at },
      });
    }
  }
}

function requireObject(bytes: Uint8Array, at: number, what: string): void {
  if (bytes[at] !== OPEN_OBJECT) throw new MalformedError(`repodata: \`${what}\` must be an object`);
}

/**
 * The package file a slice stands for; for a wheel, whose file name is in the record (`fn`), its key, which can be no
 * other package's file name because those end in their extension.
 */
export function fileOf(slice: Pick<RecordSlice, 'map' | 'file'>): string {
  if (!slice.map.startsWith('v3.') || slice.map === 'v3.whl') return slice.file;
  return `${slice.file}.${slice.map.slice('v3.'.length)}`;
}
