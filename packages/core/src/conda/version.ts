/** Versions in conda's order. @see https://conda.org/learn/ceps/cep-0033 */
import { MalformedError } from '../errors.ts';
import { quoteBriefly } from '../json/quote.ts';

/** `dev` < `_` < letters < numbers < `post`: numbers are bigint, the two words keep their own places. */
type Atom = bigint | string;
type Segment = readonly Atom[];

/** No file name has room for more; bounds what its numbers cost. */
const MAX_LENGTH = 255;

const DEV = 'DEV';
const POST = 'post';

/** A parsed version: the epoch first, then its segments; `local` is what follows `+`. */
export class Version {
  readonly text: string;
  readonly release: readonly Segment[];
  readonly local: readonly Segment[];

  private constructor(text: string, release: readonly Segment[], local: readonly Segment[]) {
    this.text = text;
    this.release = release;
    this.local = local;
  }

  /** @throws MalformedError for what conda takes for no version. */
  static parse(text: string): Version {
    const normal = normalize(text);
    const [epoch, rest] = splitOnce(text, normal, '!');
    if (rest !== undefined && !/^[0-9]+$/.test(epoch)) throw invalid(text, 'the epoch must be a number');
    const [release, local] = splitOnce(text, rest ?? epoch, '+');
    if (release === '') throw invalid(text, 'there is nothing before the local part');
    return new Version(
      normal,
      [[BigInt(rest === undefined ? 0 : epoch)], ...segments(text, release)],
      local === undefined ? [] : segments(text, local, false),
    );
  }

  /** Negative, zero or positive, as this one is older than, equal to or newer than the other; `1.1` equals `1.1.0`. */
  compare(other: Version): number {
    return compareSegments(this.release, other.release) || compareSegments(this.local, other.local);
  }

  /** Whether this is the prefix's version or one below it: `1.2.3`, `1.2` and `1.2rc1` start with `1.2`; `1.20` does not. */
  startsWith(prefix: Version): boolean {
    if (prefix.local.length > 0) {
      return compareSegments(this.release, prefix.release) === 0 && segmentsStartWith(this.local, prefix.local);
    }
    return segmentsStartWith(this.release, prefix.release);
  }
}

function normalize(text: string): string {
  if (text.length > MAX_LENGTH) throw invalid(text, `it is longer than ${MAX_LENGTH} characters`);
  const lower = text.trim().toLowerCase();
  // Dashes stand for underscores where there is no underscore to confuse them with.
  const normal = lower.includes('_') ? lower : lower.replaceAll('-', '_');
  if (!/^[*.+!_0-9a-z]+$/.test(normal)) throw invalid(text, 'it is empty or holds a character that no version has');
  return normal;
}

function splitOnce(text: string, part: string, separator: '!' | '+'): [string, string | undefined] {
  const [before = '', after, more] = part.split(separator);
  if (more !== undefined) throw invalid(text, `"${separator}" stands twice`);
  return [before, after];
}

function segments(text: string, part: string, keepTrailingUnderscore = true): Segment[] {
  // A trailing underscore belongs to the last segment: `1.0.1_` is older than `1.0.1a`, as openssl counts.
  const trailing = keepTrailingUnderscore && part.endsWith('_');
  const names = (trailing ? part.slice(0, -1) : part).split(/[._]/);
  if (trailing) names.push(`${names.pop() ?? ''}_`);
  return names.map((name) => {
    const atoms = name.match(/[0-9]+|[*]+|[^0-9*]+/g)?.map(atom);
    if (atoms === undefined) throw invalid(text, 'a part between two dots is empty');
    // Numbers and texts are kept in step: `1.1.a1` is `1.1.0a1`.
    return /^[0-9]/.test(name) ? atoms : [0n, ...atoms];
  });
}

function atom(text: string): Atom {
  if (/^[0-9]/.test(text)) return BigInt(text);
  return text === 'dev' ? DEV : text;
}

function compareSegments(a: readonly Segment[], b: readonly Segment[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareAtoms(a[i] ?? [], b[i] ?? []);
    if (order !== 0) return order;
  }
  return 0;
}

function compareAtoms(a: Segment, b: Segment): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareAtom(a[i] ?? 0n, b[i] ?? 0n);
    if (order !== 0) return order;
  }
  return 0;
}

function compareAtom(a: Atom, b: Atom): number {
  if (a === b) return 0;
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA !== rankB) return rankA - rankB;
  return a < b ? -1 : 1;
}

/** Texts before numbers, `post` after them; among texts upper-case `DEV` sorts before `_` and letters by itself. */
function rank(value: Atom): number {
  if (value === POST) return 2;
  return typeof value === 'string' ? 0 : 1;
}

function segmentsStartWith(whole: readonly Segment[], prefix: readonly Segment[]): boolean {
  const last = prefix.length - 1;
  if (compareSegments(whole.slice(0, last), prefix.slice(0, last)) !== 0) return false;
  const [segment, wanted] = [whole[last] ?? [], prefix[last] ?? []];
  const end = wanted.length - 1;
  if (compareAtoms(segment.slice(0, end), wanted.slice(0, end)) !== 0) return false;
  const [found, sought] = [segment[end] ?? 0n, wanted[end] ?? 0n];
  if (typeof sought === 'string' && sought !== POST) {
    return typeof found === 'string' && found !== POST && found.startsWith(sought);
  }
  return compareAtom(found, sought) === 0;
}

function invalid(text: string, why: string): MalformedError {
  return new MalformedError(`${quoteBriefly(text)} is not a conda version: ${why}`);
}
