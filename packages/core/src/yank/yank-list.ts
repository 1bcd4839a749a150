/**
 * The lists of files that a channel took back, signed as TUF targets: what the online role `yank` lists since the last
 * offline signing, what the offline `targets` lists of before, and which of all these entries count no more.
 */
import { MalformedError } from '../errors.ts';
import { expectArray, expectInteger, expectObject, expectString, member } from '../json/access.ts';
import { object } from '../json/build.ts';
import type { JsonLimits } from '../json/limits.ts';
import { readJson } from '../json/read.ts';
import { writeJson } from '../json/write.ts';
import { parseTimestamp } from '../time.ts';

/** The online role that lists {@link YANKED} and nothing else. */
export const YANK_ROLE = 'yank';
/** Target of the role `yank`. */
export const YANKED = 'antivenom/yanked.json';
/** Targets of the role `targets`. */
export const YANKED_BASE = 'antivenom/yanked-base.json';
export const UNYANKED = 'antivenom/unyanked.json';
export const YANK_LISTS: readonly string[] = [YANKED, YANKED_BASE, UNYANKED];

/** One file that was taken back. It is meant by its content: another name is no way around. */
export interface Yank {
  readonly subdir: string;
  /** The name that it had then. */
  readonly file: string;
  /** Hex, 64 characters. */
  readonly sha256: string;
  readonly reason: string;
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly time: string;
}

const FORMAT_VERSION = 1;
const MEMBERS = ['subdir', 'file', 'sha256', 'reason', 'time'] as const;

/**
 * @param path one of {@link YANK_LISTS}
 * @throws MalformedError
 */
export function readYankList(path: string, bytes: Uint8Array, limits: JsonLimits): Yank[] {
  const list = expectObject(readJson(bytes, limits), path);
  const version = expectInteger(member(list, 'version', path), `${path}: \`version\``);
  if (version !== FORMAT_VERSION) {
    throw new MalformedError(`${path} is of version ${version} of its format, not ${FORMAT_VERSION}`, {
      hint: 'Update Antivenom.',
    });
  }
  return expectArray(member(list, entriesOf(path), path), `${path}: \`${entriesOf(path)}\``).map((entry) => {
    const raw = expectObject(entry, `${path}: an entry`);
    const text = (name: (typeof MEMBERS)[number]) =>
      expectString(member(raw, name, `${path}: an entry`), `${path}: \`${name}\``);
    const yank = {
      subdir: text('subdir'),
      file: text('file'),
      sha256: text('sha256'),
      reason: text('reason'),
      time: text('time'),
    };
    if (!/^[0-9a-f]{64}$/.test(yank.sha256)) {
      throw new MalformedError(`${path}: \`sha256\` must be 64 lower-case hex digits`);
    }
    parseTimestamp(yank.time, `${path}: \`time\``);
    return yank;
  });
}

/** The same list for the same entries, in whatever order. */
export function writeYankList(path: string, yanks: Iterable<Yank>): Uint8Array {
  const entries = [...distinctYanks(yanks)].sort(byTime);
  const members = entries.map((yank) => object(MEMBERS.map((name) => [name, yank[name]])));
  return writeJson(object({ version: FORMAT_VERSION, [entriesOf(path)]: members }), { indent: 2 });
}

/** Each entry once. */
export function distinctYanks(yanks: Iterable<Yank>): Yank[] {
  return [...new Map([...yanks].map((yank) => [yankId(yank), yank])).values()];
}

/** Those that `cancelled` does not name, member by member. */
export function yanksInForce(yanks: Iterable<Yank>, cancelled: Iterable<Yank>): Yank[] {
  const gone = new Set([...cancelled].map(yankId));
  return distinctYanks(yanks).filter((yank) => !gone.has(yankId(yank)));
}

function entriesOf(path: string): 'yanked' | 'unyanked' {
  return path === UNYANKED ? 'unyanked' : 'yanked';
}

function yankId(yank: Yank): string {
  return JSON.stringify(MEMBERS.map((name) => yank[name]));
}

function byTime(a: Yank, b: Yank): number {
  const [one, other] = [`${a.time} ${yankId(a)}`, `${b.time} ${yankId(b)}`];
  return one < other ? -1 : one > other ? 1 : 0;
}
