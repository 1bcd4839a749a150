/**
 * Path patterns of delegations: `*` and `?` stop at `/`, `[…]` is a set of characters, everything else stands for itself.
 * A richer glob language would give a delegated role more paths than its pattern says to other clients.
 */

interface CharacterSet {
  readonly negated: boolean;
  /** Inclusive ranges of code points. */
  readonly ranges: readonly (readonly [number, number])[];
}

type Token = '*' | '?' | CharacterSet | number;

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
    return this.#parts.every((part, index) => matchesPart(part, codePoints(path[index] ?? '')));
  }
}

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

/** Only the last `*` is ever tried again: what an earlier one could take, the last one can take too. */
function matchesPart(tokens: readonly Token[], text: readonly number[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (tokens[token] === '*') {
      star = token++;
      starAt = at;
    } else if (token < tokens.length && matchesOne(tokens[token], text[at])) {
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

function matchesOne(token: Token | undefined, character: number | undefined): boolean {
  if (token === undefined || character === undefined || token === '*') return false;
  if (token === '?') return true;
  if (typeof token === 'number') return token === character;
  return token.ranges.some(([first, last]) => first <= character && character <= last) !== token.negated;
}

function tokenize(part: string): Token[] {
  const characters = Array.from(part);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at];
    if (character === '*' || character === '?') {
      tokens.push(character);
      continue;
    }
    const end = character === '[' ? endOfSet(characters, at + 1) : -1;
    if (end < 0) {
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
    const first = codePointOf(members[at]);
    if (members[at + 1] === '-' && at + 2 < members.length) {
      // A range written backwards holds nothing.
      ranges.push([first, codePointOf(members[at + 2])]);
      at += 2;
    } else {
      ranges.push([first, first]);
    }
  }
  return { negated, ranges };
}

function codePointOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}
