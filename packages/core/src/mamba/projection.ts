/**
 * What mamba verifies in the place of a record: the members that it reads into its solver and back, in its own spelling. Where
 * its answer to an odd record hangs on its version or its machine, none is given: a wrong guess would be a signature that mamba
 * refuses, for a package that it could install unsigned.
 *
 * @see https://github.com/mamba-org/mamba/blob/main/libmamba/src/specs/package_info.cpp `json_signable`
 * @see https://github.com/mamba-org/mamba/blob/main/libmamba/src/solver/libsolv/helpers.cpp `set_solvable`
 */
import type { RecordMap } from '../conda/record-maps.ts';
import { object } from '../json/build.ts';
import { mambaCanonical } from '../json/mamba-canonical.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { printMambaMatchSpec } from './match-spec.ts';

/** What of its surroundings decides how mamba sees a record. */
export interface ProjectionContext {
  /** Whether mamba sees `pip` in the same subdir's index: `python` depends on it then. */
  readonly indexHasPip: boolean;
  /** The map that holds the record, where it is known. */
  readonly map?: RecordMap;
}

export type Projection = ForetoldProjection | UnforeseeableProjection;

export interface ForetoldProjection {
  readonly status: 'foretold';
  /** The bytes that a signature for mamba is over. */
  readonly canonical: Uint8Array;
}

export interface UnforeseeableProjection {
  readonly status: 'unforeseeable';
  readonly reason: Unforeseeable;
  /** Names the member, not the record: records of one message can be counted together. */
  readonly message: string;
}

export type Unforeseeable =
  /** mamba reads `packages` and `packages.conda` alone. */
  | 'unread-map'
  /** mamba leaves out records without name, version, build or build_number. */
  | 'missing-member'
  /** mamba takes it from elsewhere in the index. */
  | 'missing-subdir'
  | 'unexpected-type'
  /** Below 0, fractional, or beyond 63 bits. */
  | 'unexpected-number'
  /** Not 32 or 64 characters of lower-case hex. */
  | 'unexpected-hash'
  /** Empty, or with characters that C strings cannot hold. */
  | 'unexpected-text'
  /** mamba would drop it from the list. */
  | 'unprintable-match-spec';

/** Milliseconds are told from seconds as libsolv does: later than the year 9999. */
const LAST_SECOND = 253_402_300_799n;
const MOST = 2n ** 63n - 1n;

/** Never throws for what an indexer wrote. */
export function projectRecord(record: JsonObject, context: ProjectionContext): Projection {
  try {
    return { status: 'foretold', canonical: mambaCanonical(project(record, context)) };
  } catch (error) {
    if (error instanceof Obstacle) return { status: 'unforeseeable', reason: error.reason, message: error.message };
    throw error;
  }
}

/** Whether mamba sees a package `pip` in this record; records of `v3` maps it does not see. */
export function isPip(record: JsonObject): boolean {
  return record.get('name') === 'pip' && REQUIRED.every((member) => record.has(member));
}

const REQUIRED = ['name', 'version', 'build', 'build_number'];

function project(record: JsonObject, { indexHasPip, map }: ProjectionContext): JsonObject {
  if (map?.startsWith('v3.')) throw new Obstacle('unread-map', `mamba does not read \`${map}\``);
  const missing = REQUIRED.find((member) => !record.has(member));
  if (missing !== undefined) throw new Obstacle('missing-member', `mamba leaves out a record without \`${missing}\``);
  if (!record.has('subdir')) {
    throw new Obstacle('missing-subdir', 'without `subdir`, mamba takes what the index says elsewhere');
  }
  checkUnsignedMembers(record);

  const name = filledText(record, 'name');
  const version = filledText(record, 'version');
  const depends = [...new Set(matchSpecs(record, 'depends'))];
  const constrains = matchSpecs(record, 'constrains');
  return object({
    build: filledText(record, 'build'),
    build_number: number(record, 'build_number'),
    ...(constrains.length === 0 ? {} : { constrains }),
    depends: indexHasPip ? withPip(name, version, depends) : depends,
    license: text(record, 'license'),
    md5: hash(record, 'md5', /^[0-9a-f]{32}$/),
    name,
    sha256: hash(record, 'sha256', /^[0-9a-f]{64}$/),
    size: number(record, 'size'),
    subdir: filledText(record, 'subdir'),
    timestamp: number(record, 'timestamp', (time) => (time > LAST_SECOND ? time / 1000n : time)),
    version,
  });
}

/** mamba reads them too, and what it does where they are odd is nowhere written. */
function checkUnsignedMembers(record: JsonObject): void {
  for (const member of ['fn', 'python_site_packages_path']) {
    const value = record.get(member);
    if (value !== undefined && typeof value !== 'string') throw unexpectedType(member, 'a string');
  }
  const features = record.get('track_features');
  if (features !== undefined && typeof features !== 'string' && !Array.isArray(features)) {
    throw unexpectedType('track_features', 'a string or a list');
  }
  const noarch = record.get('noarch') ?? null;
  if (noarch !== null && typeof noarch !== 'string' && typeof noarch !== 'boolean') {
    throw unexpectedType('noarch', 'a string, true or false');
  }
  number(record, 'indexed_timestamp');
}

/**
 * Unless told otherwise, mamba makes `python` depend on `pip` where the index has one, and takes `python` out of what `pip`
 * depends on, to order the two.
 */
function withPip(name: string, version: string, depends: readonly string[]): string[] {
  if (name === 'pip') return depends.filter((spec) => spec !== 'python');
  if (name !== 'python') return [...depends];
  // Compared as a `char`, which has a sign on one machine and none on another.
  if (version.charCodeAt(0) > 0x7f)
    throw new Obstacle('unexpected-text', '`version` begins with a letter beyond ASCII');
  return version < '2' || depends.includes('pip') ? [...depends] : [...depends, 'pip'];
}

function matchSpecs(record: JsonObject, member: string): string[] {
  const list = record.get(member);
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw unexpectedType(member, 'a list');
  return list.map((spec) => {
    if (typeof spec !== 'string') throw unexpectedType(member, 'a list of strings');
    const printed = printMambaMatchSpec(spec);
    if (printed !== undefined) return printed;
    throw new Obstacle('unprintable-match-spec', `\`${member}\` holds what mamba cannot read as a package`);
  });
}

/** Missing is empty. `<NULL>` is what libsolv says for no string at all. */
function text(record: JsonObject, member: string): string {
  const value = record.has(member) ? record.get(member) : '';
  if (typeof value !== 'string') throw unexpectedType(member, 'a string');
  if (value.includes('\0') || value === '<NULL>' || !value.isWellFormed()) {
    throw new Obstacle('unexpected-text', `\`${member}\` holds text that mamba would cut or lose`);
  }
  return value;
}

function filledText(record: JsonObject, member: string): string {
  const value = text(record, member);
  if (value === '') throw new Obstacle('unexpected-text', `\`${member}\` is empty`);
  return value;
}

function hash(record: JsonObject, member: string, form: RegExp): string {
  const value = text(record, member);
  if (record.has(member) && !form.test(value)) {
    throw new Obstacle('unexpected-hash', `\`${member}\` is no hash in lower-case hex`);
  }
  return value;
}

/** Missing is 0. */
function number(record: JsonObject, member: string, convert: (value: bigint) => bigint = (value) => value): JsonNumber {
  const value: JsonValue | undefined = record.get(member);
  if (value === undefined) return JsonNumber.ofInteger(0);
  if (!(value instanceof JsonNumber)) throw unexpectedType(member, 'a number');
  const isWhole = /^(?:0|[1-9][0-9]{0,18})$/.test(value.literal);
  if (!isWhole || BigInt(value.literal) > MOST) {
    throw new Obstacle('unexpected-number', `\`${member}\` is no whole number from 0 to 2^63 - 1`);
  }
  return new JsonNumber(String(convert(BigInt(value.literal))));
}

function unexpectedType(member: string, expected: string): Obstacle {
  return new Obstacle('unexpected-type', `\`${member}\` is not ${expected}`);
}

/** Ends a projection from within; {@link projectRecord} makes it a value. */
class Obstacle extends Error {
  readonly reason: Unforeseeable;

  constructor(reason: Unforeseeable, message: string) {
    super(message);
    this.reason = reason;
  }
}
