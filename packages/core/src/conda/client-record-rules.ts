/** What conda and its solvers do to each member of a record between the index and the transaction. */

import { jsonEquals } from '../json/equals.ts';
import { isIntegerLiteral } from '../json/integer.ts';
import { doubleOf } from '../json/number-text.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { printMambaMatchSpec } from '../mamba/match-spec.ts';
import { channelUrlKey } from '../policy/channel-url.ts';

/** A verified record, and where it stands. */
export interface ListedRecord {
  /** The channel's address, as `channelUrlKey` spells it. */
  readonly channelUrl: string;
  readonly subdir: string;
  /** The name of the package file. */
  readonly file: string;
  /** The address of the package file, as `channelUrlKey` spells it. */
  readonly url: string;
  readonly record: JsonObject;
  /** Of a `.conda` file: the record of the `.tar.bz2` that holds the same package, where the index has one. */
  readonly twin: JsonObject | undefined;
}

type Agreement = (found: JsonValue, expected: JsonValue | undefined, listed: ListedRecord) => boolean;

export interface MemberRule {
  /** The member's name, then conda's aliases of it. */
  readonly spellings: readonly string[];
  /** What the verified index says; undefined where it says nothing. */
  readonly expected: (listed: ListedRecord) => JsonValue | undefined;
  readonly agrees: Agreement;
  /** What conda takes for no value. */
  readonly isSilent: (found: JsonValue) => boolean;
  /** Whether a client's record may say nothing where the index says something; else that is a difference. */
  readonly mayBeSilent: boolean;
  readonly archiveMayBeSilent: boolean;
  /** Whether the record of an archive may say something where the index says nothing. */
  readonly archiveMayAdd: boolean;
  /** Whether an index may say something else than the archive. */
  readonly patched: boolean;
}

/** What a client keeps for itself, and what it reads out of other files than the index. Nothing that is installed follows from it. */
export const CLIENTS_OWN: readonly string[] = [
  ...['arch', 'platform', 'auth', 'date'],
  ...['requested_spec', 'requested_specs', '_requested_specs'],
  ...['package_tarball_full_path', 'extracted_package_dir', 'files', 'paths_data', 'link'],
];

export const MEMBER_RULES: readonly MemberRule[] = [
  rule('name', sameText, { mayBeSilent: false }),
  rule('version', sameText, { mayBeSilent: false }),
  rule('build', sameText, { mayBeSilent: false, spellings: ['build', 'build_string'] }),
  rule('build_number', sameInteger, {
    mayBeSilent: false,
    expected: ({ record }) => record.get('build_number') ?? JsonNumber.ofInteger(0),
    agrees: (found, expected) => sameInteger(found ?? JsonNumber.ofInteger(0), expected),
  }),
  rule('subdir', sameText, { expected: ({ subdir }) => subdir }),
  rule('fn', sameText, { expected: ({ file }) => file, spellings: ['fn', 'filename'] }),
  rule('url', sameAddress, { expected: ({ url }) => url }),
  rule('channel', sameChannel, { expected: ({ channelUrl }) => channelUrl, spellings: ['channel', 'schannel'] }),
  rule('sha256', sameText, { archiveMayBeSilent: false }),
  // conda computes it where it is missing.
  rule('md5', sameText, { archiveMayAdd: true }),
  rule('size', sameInteger, { isSilent: isZeroOrSilent }),
  rule('depends', sameDepends, { mayBeSilent: false, patched: true }),
  rule('constrains', sameSpecs, { mayBeSilent: false, patched: true }),
  rule('noarch', (found, expected) => noarch(found) === noarch(expected), { mayBeSilent: false }),
  rule('track_features', sameWords, { mayBeSilent: false, patched: true }),
  rule('features', sameWords, { patched: true }),
  rule('license', sameText, { patched: true }),
  rule('license_family', sameText, { patched: true }),
  rule('timestamp', sameTime, { isSilent: isZeroOrSilent, patched: true }),
  rule('indexed_timestamp', sameTime, { isSilent: isZeroOrSilent, patched: true }),
  // conda takes both from the record of the twin, and a package in its cache that fits them for this one.
  rule('legacy_bz2_md5', ofTwin(sameText, 'md5'), { expected: twins('md5') }),
  rule('legacy_bz2_size', ofTwin(sameInteger, 'size'), { expected: twins('size'), isSilent: isZeroOrSilent }),
  rule('package_type', sameText, { expected: packageType }),
  rule('python_site_packages_path', sameText, { mayBeSilent: false }),
  rule('preferred_env', sameText),
];

function rule(member: string, agrees: Agreement, more: Partial<MemberRule> = {}): MemberRule {
  const { mayBeSilent = true } = more;
  return {
    spellings: [member],
    expected: ({ record }) => record.get(member) ?? undefined,
    agrees,
    isSilent,
    mayBeSilent,
    archiveMayBeSilent: mayBeSilent,
    archiveMayAdd: false,
    patched: false,
    ...more,
  };
}

function isSilent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** What conda and its solvers write for a number that is not there. */
function isZeroOrSilent(value: JsonValue): boolean {
  return isSilent(value) || (value instanceof JsonNumber && doubleOf(value) === 0);
}

/** No text, empty text and no member are one to libmamba. */
function sameText(found: JsonValue, expected: JsonValue | undefined): boolean {
  return isSilent(found) ? isSilent(expected) : found === expected;
}

function sameInteger(found: JsonValue, expected: JsonValue | undefined): boolean {
  if (!(found instanceof JsonNumber && expected instanceof JsonNumber)) return false;
  return isIntegerLiteral(found.literal) && jsonEquals(found, expected);
}

function sameAddress(found: JsonValue, expected: JsonValue | undefined): boolean {
  return typeof found === 'string' && channelUrlKey(found) === expected;
}

/** A name without scheme is a configuration's word for an address, and `url` says which. */
function sameChannel(found: JsonValue, _: JsonValue | undefined, { channelUrl, subdir }: ListedRecord): boolean {
  if (typeof found !== 'string') return false;
  if (!found.includes('://')) return true;
  const key = channelUrlKey(found);
  return key === channelUrl || key === `${channelUrl}/${subdir}`;
}

/** conda makes python depend on pip; libmamba does too, and takes python out of what pip depends on. */
function sameDepends(found: JsonValue, expected: JsonValue | undefined, { record }: ListedRecord): boolean {
  const specs = isSilent(expected) ? [] : expected;
  if (sameSpecs(found, specs)) return true;
  if (!Array.isArray(specs)) return false;
  const version = record.get('version');
  switch (record.get('name')) {
    case 'python':
      return typeof version === 'string' && /^[23]\./.test(version) && sameSpecs(found, [...specs, 'pip']);
    case 'pip':
      return sameSpecs(
        found,
        specs.filter((spec) => spec !== 'python'),
      );
    default:
      return false;
  }
}

/** As text; or as libmamba prints what it read, of which it keeps each dependency once. */
function sameSpecs(found: JsonValue, expected: JsonValue | undefined): boolean {
  const stated = isSilent(expected) ? [] : (expected ?? []);
  const client = isSilent(found) ? [] : found;
  if (jsonEquals(client, stated)) return true;
  if (!Array.isArray(stated)) return false;
  const printed = stated.map((spec) => (typeof spec === 'string' ? printMambaMatchSpec(spec) : undefined));
  if (!printed.every((spec) => spec !== undefined)) return false;
  return jsonEquals(client, printed) || jsonEquals(client, [...new Set(printed)]);
}

/** conda reads both as text parted by spaces or commas, or as a list, and writes them as text. */
function sameWords(found: JsonValue, expected: JsonValue | undefined): boolean {
  const [one, other] = [words(found), words(expected ?? null)];
  return one !== undefined && other !== undefined && one.join(' ') === other.join(' ');
}

function words(value: JsonValue): string[] | undefined {
  const texts = value === null ? [] : typeof value === 'string' ? [value] : value;
  if (!Array.isArray(texts)) return undefined;
  const all = texts.map((text) => (typeof text === 'string' ? text.split(/[ ,]/) : undefined));
  return all.some((part) => part === undefined) ? undefined : all.flatMap((part) => part ?? []).filter(Boolean);
}

/** `true` of old indexes is generic. Anything else that conda would not read is told apart from all. */
function noarch(value: JsonValue | undefined): JsonValue | symbol {
  if (isSilent(value) || value === false) return null;
  if (value === true) return 'generic';
  return typeof value === 'string' ? value.toLowerCase() : Symbol();
}

/** 9999-12-31: what is later is milliseconds. */
const LAST_SECOND = 253_402_300_799;

/** conda keeps seconds in floating point, libmamba whole ones. */
function sameTime(found: JsonValue, expected: JsonValue | undefined): boolean {
  if (!(found instanceof JsonNumber && expected instanceof JsonNumber)) return false;
  const [one, other] = [milliseconds(found), milliseconds(expected)];
  return Math.abs(one - other) <= 1 || one === Math.floor(other / 1000) * 1000;
}

function milliseconds(value: JsonNumber): number {
  const time = doubleOf(value);
  return time > LAST_SECOND ? time : time * 1000;
}

function twins(member: string): MemberRule['expected'] {
  return ({ record, twin }) => twin?.get(member) ?? record.get(`legacy_bz2_${member}`) ?? undefined;
}

/** An index may state it too, and solvers other than conda's own know that statement alone. */
function ofTwin(agrees: Agreement, member: string): Agreement {
  return (found, expected, listed) =>
    agrees(found, expected, listed) || agrees(found, listed.record.get(`legacy_bz2_${member}`), listed);
}

function packageType({ record }: { readonly record: JsonObject }): JsonValue | undefined {
  const kind = noarch(record.get('noarch'));
  return record.get('package_type') ?? (typeof kind === 'string' ? `noarch_${kind}` : undefined);
}
