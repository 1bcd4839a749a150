/**
 * Path patterns of delegations: `*` and `?` stop at `/`, `[…]` is a set of characters, everything else stands for itself.
 * A richer glob language would give a delegated role more paths than its pattern says to other clients.
 */

interface CharacterSet {
  readonly negated: boolean;
  /** Inclusive ranges of code points. */
  readonly ranges: readonly (readonly [number, number])[];
}

/** What stands for one character; a number is that code point. */
type One = '?' | CharacterSet | number;
type Token = '*' | One;

/**
 * Whether a delegation's pattern names a target path; both are split at `/` and must have as many parts.
 *
 * Time is bounded by the product of the two lengths.
 *
 * @see https://theupdateframework.github.io/specification/v1.0.34/#delegated-role-paths
 */
export function matchesPathPattern(pattern: string, path: string): boolean {
  return new PathPattern(pattern).matches(path.split('/'));
}

/** A pattern that is read once, for many paths. */
export class PathPattern {
  readonly text: string;
  readonly #parts: readonly (readonly Token[])[];

  constructor(text: string) {
    this.text = text;
    this.#parts = text.split('/').map(tokenize);
  }

  /** @param path split at `/` */
  matches(path: readonly string[]): boolean {
    if (path.length !== this.#parts.length) return false;
    // Most paths end otherwise, and a caller may ask of each of a million packages.
    if (!this.#parts.every((part, index) => mayEnd(part.at(-1), path[index] as string))) return false;
    return this.#parts.every((part, index) => matchesPart(part, codePoints(path[index] as string)));
  }

  /** Whether there is a path that both name. */
  overlaps(other: PathPattern): boolean {
    if (other.#parts.length !== this.#parts.length) return false;
    return this.#parts.every((part, index) => partsOverlap(part, other.#parts[index] as readonly Token[]));
  }
}

/** False where the last token is a character that the text does not end with. */
function mayEnd(last: Token | undefined, text: string): boolean {
  return typeof last !== 'number' || text.endsWith(String.fromCodePoint(last));
}

/** Walks both at once, one row of a table per token of the first: cost is the product of the lengths. */
function partsOverlap(one: readonly Token[], other: readonly Token[]): boolean {
  // row[j]: what was read of `one` so far and the first j tokens of `other` have a text in common.
  let row = [true];
  for (let j = 1; j <= other.length; j++) row[j] = row[j - 1] === true && other[j - 1] === '*';
  for (const token of one) {
    const next = [row[0] === true && token === '*'];
    for (let j = 1; j <= other.length; j++) {
      const opposite = other[j - 1] as Token;
      next[j] =
        token === '*' || opposite === '*'
          ? row[j] === true || next[j - 1] === true
          : row[j - 1] === true && haveOneInCommon(token, opposite);
    }
    row = next;
  }
  return row[other.length] === true;
}

/** Whether some character matches both. */
function haveOneInCommon(one: One, other: One): boolean {
  // Where two sets share a character, they share one at an edge of a range, or one beside it.
  const edges = [one, other].flatMap((token) => {
    if (typeof token === 'number') return [token];
    if (token === '?') return [];
    return token.ranges.flatMap(([first, last]) => [first - 1, first, last, last + 1]);
  });
  return (edges.length === 0 ? [0x61] : edges).some(
    (character) =>
      character >= 0 && character <= 0x10ffff && matchesOne(one, character) && matchesOne(other, character),
  );
}

function codePoints(text: string): number[] {
  return Array.from(text, codePointOf);
}

/** Only the last `*` is ever tried again: what an earlier one could take, the last one can take too. */
function matchesPart(tokens: readonly Token[], text: readonly number[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const next = tokens[token];
    if (next === '*') {
      star = token++;
      starAt = at;
    } else if (next !== undefined && matchesOne(next, text[at] as number)) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === '*') token++;
  return token === tokens.length;
}

function matchesOne(token: One, character: number): boolean {
  if (token === '?') return true;
  if (typeof token === 'number') return token === character;
  return token.ranges.some(([first, last]) => first <= character && character <= last) !== token.negated;
}

function tokenize(part: string): Token[] {
  const characters = Array.from(part);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*' || character === '?') {
      tokens.push(character);
      continue;
    }
    const end = character === '[' ? endOfSet(characters, at + 1) : -1;
    if (end === -1) {
      tokens.push(codePointOf(character));
    } else {
      tokens.push(parseSet(characters.slice(at + 1, end)));
      at = end;
    }
  }
  return tokens;
}

/** The place of the closing bracket: `]` right after the opening one, or after its `!`, is a member. -1: `[` is itself. */
function endOfSet(characters: readonly string[], start: number): number {
  const first = characters[start] === '!' ? start + 1 : start;
  return characters.indexOf(']', first + 1);
}

function parseSet(members: readonly string[]): CharacterSet {
  const negated = members[0] === '!';
  const ranges: [number, number][] = [];
  for (let at = negated ? 1 : 0; at < members.length; at++) {
    const first = codePointOf(members[at] as string);
    const last = members[at + 2];
    if (members[at + 1] === '-' && last !== undefined) {
      // A range written backwards holds nothing.
      ranges.push([first, codePointOf(last)]);
      at += 2;
    } else {
      ranges.push([first, first]);
    }
  }
  return { negated, ranges };
}

function codePointOf(character: string): number {
  return character.codePointAt(0) as number;
}
