/**
 * The grammar of RFC 8259 over UTF-8 bytes: where a token ends, or why it is none. Nothing is built here, so that skipping a
 * value and reading one agree on what is well formed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
import { MalformedError } from '../errors.ts';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const LOWER_U = 0x75;

/** 1 for each ASCII byte that stands for itself within a string. */
export const PLAIN = new Uint8Array(256);
PLAIN.fill(1, 0x20, 0x80);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const SIMPLE_ESCAPES = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));

/** Bytes of the longest string or number: escaped to six times its length, it still fits into a string of V8. */
const LONGEST_TOKEN = 1 << 26;

/** @param offset where in the bytes, from 0 */
export function malformedJson(reason: string, offset: number): MalformedError {
  return new MalformedError(`not well-formed JSON: ${reason} (byte ${offset})`, {
    hint: 'The file is damaged, or something else was sent in its place: fetch it again, or ask its owner.',
    details: { offset },
  });
}

export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}

/**
 * @param open offset of the opening quote
 * @param from where to go on, when the bytes between are known to be {@link PLAIN}
 * @returns the offset after the closing quote
 */
export function endOfString(bytes: Uint8Array, open: number, end: number, from: number = open + 1): number {
  let at = from;
  for (;;) {
    while (at < end && PLAIN[bytes[at] as number] === 1) at++;
    if (at >= end) throw malformedJson('a string does not end', open);
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      if (at - open > LONGEST_TOKEN) throw malformedJson('a string is longer than 64 MiB', open);
      return at + 1;
    }
    if (byte === BACKSLASH) at = endOfEscape(bytes, at, end);
    else if (byte >= 0x80) at = endOfCharacter(bytes, at, end);
    else throw malformedJson('a control character stands unescaped in a string', at);
  }
}

function endOfEscape(bytes: Uint8Array, start: number, end: number): number {
  const letter = start + 1 < end ? (bytes[start + 1] as number) : 0;
  if (SIMPLE_ESCAPES.has(letter)) return start + 2;
  const unit = hexUnit(bytes, start, end);
  if (unit < 0) throw malformedJson('an escape in a string is none of those JSON has', start);
  if (unit < 0xd800 || unit > 0xdfff) return start + 6;
  const next = unit < 0xdc00 ? hexUnit(bytes, start + 6, end) : -1;
  if (next < 0xdc00 || next > 0xdfff) throw malformedJson('half of a surrogate pair stands alone in a string', start);
  return start + 12;
}

/** The UTF-16 unit that `\uXXXX` at `start` stands for, or -1 where there is no such escape. */
export function hexUnit(bytes: Uint8Array, start: number, end: number): number {
  if (start + 6 > end || bytes[start] !== BACKSLASH || bytes[start + 1] !== LOWER_U) return -1;
  let unit = 0;
  for (let at = start + 2; at < start + 6; at++) {
    const byte = bytes[at] as number;
    const letter = byte | 0x20;
    if (isDigit(byte)) unit = unit * 16 + byte - ZERO;
    else if (letter >= 0x61 && letter <= 0x66) unit = unit * 16 + letter - 0x57;
    else return -1;
  }
  return unit;
}

/** One character of more than one byte: the shortest form only, no surrogates, nothing above U+10FFFF (RFC 3629, section 4). */
function endOfCharacter(bytes: Uint8Array, start: number, end: number): number {
  const lead = bytes[start] as number;
  let length = 0;
  let low = 0x80;
  let high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead === 0xe0) low = 0xa0;
    if (lead === 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead === 0xf0) low = 0x90;
    if (lead === 0xf4) high = 0x8f;
  }
  if (length === 0 || start + length > end) throw malformedJson('a string is not valid UTF-8', start);
  for (let at = start + 1; at < start + length; at++) {
    const byte = bytes[at] as number;
    if (byte < low || byte > high) throw malformedJson('a string is not valid UTF-8', start);
    low = 0x80;
    high = 0xbf;
  }
  return start + length;
}

/** The end of the number, `true`, `false` or `null` that begins at `start`. */
export function endOfScalar(bytes: Uint8Array, start: number, end: number): number {
  const byte = start < end ? (bytes[start] as number) : -1;
  if (byte === MINUS || isDigit(byte)) return endOfNumber(bytes, start, end);
  const word = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : byte === 0x6e ? NULL : undefined;
  if (
    word !== undefined &&
    start + word.length <= end &&
    word.every((letter, index) => bytes[start + index] === letter)
  ) {
    return start + word.length;
  }
  if (byte === -1) throw malformedJson('it ends where a value should be', start);
  if (byte === 0xef) throw malformedJson('a byte-order mark or other character stands where a value should be', start);
  throw malformedJson('there is no value where one should be', start);
}

const TRUE = [0x74, 0x72, 0x75, 0x65];
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65];
const NULL = [0x6e, 0x75, 0x6c, 0x6c];

function endOfNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = at < end && bytes[at] === ZERO ? at + 1 : endOfDigits(bytes, at, end);
  let float = false;
  if (at < end && bytes[at] === DOT) {
    float = true;
    at = endOfDigits(bytes, at + 1, end);
  }
  if (at < end && ((bytes[at] as number) | 0x20) === LOWER_E) {
    float = true;
    at++;
    if (at < end && (bytes[at] === PLUS || bytes[at] === MINUS)) at++;
    at = endOfDigits(bytes, at, end);
  }
  if (at < end && isDigit(bytes[at] as number)) throw malformedJson('a number begins with a zero too many', start);
  if (at - start > LONGEST_TOKEN) throw malformedJson('a number is longer than 64 MiB', start);
  if (float && !Number.isFinite(Number(ascii(bytes, start, at)))) {
    throw malformedJson('a number is too large for a double', start);
  }
  return at;
}

function endOfDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at] as number)) at++;
  if (at === start) throw malformedJson('a number lacks a digit', start);
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of bytes that are known to be valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** The text of ASCII bytes: of few, a loop makes it faster than a call of the decoder does. */
export function ascii(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 12) return decodeUtf8(bytes, start, end);
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}
