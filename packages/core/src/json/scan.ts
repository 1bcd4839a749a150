import type { JsonLimits } from './limits.ts';
import { quoteBriefly } from './quote.ts';
import { readString, type StringToken } from './string-text.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endOfScalar,
  endOfString,
  malformedJson,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
} from './syntax.ts';

/** One member of an object, by offsets into the bytes that were scanned. */
export interface JsonMember {
  readonly key: string;
  /** Where the key's opening quote stands. */
  readonly keyStart: number;
  readonly valueStart: number;
  /** The offset after the value's last byte. */
  readonly valueEnd: number;
}

/** Takes the members of an object one by one, in order of appearance. */
export interface MemberVisitor {
  /**
   * Looks into a value before it is walked over, and tells where it ends; undefined: walk over it.
   *
   * @param depth how many arrays and objects the value stands in
   */
  enter?(key: string, valueStart: number, depth: number): number | undefined;
  /** Offsets as in {@link JsonMember}. */
  leave(key: string, keyStart: number, valueStart: number, valueEnd: number): void;
}

/**
 * Walks the members of the object that begins at `start` (white space may stand before it), without building their values:
 * what lies between the offsets is well-formed JSON, whose own duplicate keys are found when it is read.
 * What follows the object is the caller's to check.
 *
 * @param start bytes from the beginning
 * @param depth how many arrays and objects the object stands in
 * @returns the offset after the closing brace
 * @throws MalformedError with `details.offset`, for bytes that are not an object, a duplicate key of this object, or limits passed.
 */
export function walkMembers(
  bytes: Uint8Array,
  start: number,
  limits: JsonLimits,
  visitor: MemberVisitor,
  depth = 0,
): number {
  const end = bytes.length;
  if (end > limits.maxBytes) throw malformedJson(`it is longer than ${limits.maxBytes} bytes`, limits.maxBytes);
  let at = skipSpace(bytes, start, end);
  if (bytes[at] !== OPEN_OBJECT) throw malformedJson('an object should begin here', at);
  if (depth >= limits.maxDepth) throw tooDeep(limits, at);
  at = skipSpace(bytes, at + 1, end);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  const seen = new Set<string>();
  const token: StringToken = { text: '', end: 0 };
  for (;;) {
    const keyStart = at;
    expectKey(bytes, at, end);
    readString(bytes, at, end, token);
    const key = token.text;
    if (seen.has(key)) throw duplicateKey(key, keyStart);
    seen.add(key);
    const valueStart = afterColon(bytes, token.end, end);
    const valueEnd = visitor.enter?.(key, valueStart, depth + 1) ?? endOfValue(bytes, valueStart, limits, depth + 1);
    visitor.leave(key, keyStart, valueStart, valueEnd);
    at = skipSpace(bytes, valueEnd, end);
    if (bytes[at] === CLOSE_OBJECT) return at + 1;
    if (bytes[at] !== COMMA) throw malformedJson('a comma or closing brace should stand here', at);
    at = skipSpace(bytes, at + 1, end);
  }
}

/** The members of an object, see {@link walkMembers}. */
export function scanMembers(bytes: Uint8Array, start: number, limits: JsonLimits): JsonMember[] {
  const members: JsonMember[] = [];
  walkMembers(bytes, start, limits, {
    leave: (key, keyStart, valueStart, valueEnd) => members.push({ key, keyStart, valueStart, valueEnd }),
  });
  return members;
}

/**
 * @param start where the value's first byte must stand
 * @param depth how many arrays and objects the value stands in
 * @returns the offset after the value
 */
function endOfValue(bytes: Uint8Array, start: number, limits: JsonLimits, depth: number): number {
  const end = bytes.length;
  const open: number[] = []; // the byte that closes each array or object we are in
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at, end);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (depth + open.length >= limits.maxDepth) throw tooDeep(limits, at);
      const close = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
      at = skipSpace(bytes, at + 1, end);
      if (bytes[at] === close) at++;
      else {
        open.push(close);
        if (close === CLOSE_OBJECT) at = endOfKey(bytes, at, end);
        continue;
      }
    } else at = endOfScalar(bytes, at, end);

    for (;;) {
      const close = open[open.length - 1];
      if (close === undefined) return at;
      at = skipSpace(bytes, at, end);
      const after = bytes[at];
      if (after === COMMA) {
        at = skipSpace(bytes, at + 1, end);
        if (close === CLOSE_OBJECT) at = endOfKey(bytes, at, end);
        break;
      }
      if (after !== close) throw notClosed(close, at);
      open.pop();
      at++;
    }
  }
}

function endOfKey(bytes: Uint8Array, start: number, end: number): number {
  expectKey(bytes, start, end);
  return afterColon(bytes, endOfString(bytes, start, end), end);
}

export function expectKey(bytes: Uint8Array, at: number, end: number): void {
  if (at >= end || bytes[at] !== QUOTE) throw malformedJson('a key in quotes should stand here', at);
}

/** Where the value begins, given the end of its key. */
export function afterColon(bytes: Uint8Array, keyEnd: number, end: number): number {
  const at = skipSpace(bytes, keyEnd, end);
  if (at >= end || bytes[at] !== COLON) throw malformedJson('a colon should follow the key', at);
  return skipSpace(bytes, at + 1, end);
}

export function notClosed(close: number, at: number): Error {
  return malformedJson(`a comma or closing ${close === CLOSE_OBJECT ? 'brace' : 'bracket'} should stand here`, at);
}

export function tooDeep(limits: JsonLimits, at: number): Error {
  return malformedJson(`arrays and objects are nested more than ${limits.maxDepth} deep`, at);
}

export function duplicateKey(key: string, at: number): Error {
  return malformedJson(`the key ${quoteBriefly(key)} stands twice in one object`, at);
}
