import { ascii, BACKSLASH, decodeUtf8, endOfString, hexUnit, PLAIN, QUOTE } from './syntax.ts';

/** What a JSON string says, and where it ends. Reused between calls: take both members before the next one. */
export interface StringToken {
  text: string;
  /** The offset after the closing quote. */
  end: number;
}

/**
 * Reads the string that begins with the quote at `open`.
 *
 * @throws MalformedError for anything RFC 8259 does not allow, invalid UTF-8 and lone surrogates.
 */
export function readString(bytes: Uint8Array, open: number, end: number, into: StringToken): void {
  const start = open + 1;
  let at = start;
  let hash = 0;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (PLAIN[byte] !== 1) break;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (at < end && bytes[at] === QUOTE && at - start <= LONGEST_PLAIN) {
    into.text = at - start <= LONGEST_KEPT ? keptText(bytes, start, at, hash) : ascii(bytes, start, at);
    into.end = at + 1;
    return;
  }
  into.end = endOfString(bytes, open, end, at);
  into.text = unescaped(bytes, start, into.end - 1);
}

/**
 * Short strings read lately, by a hash of their bytes: the keys and dependencies of an index recur a million times, and comparing
 * is cheaper than building. It only ever answers with a string that equals the bytes.
 */
const kept: string[] = new Array(4096).fill('');
const LONGEST_KEPT = 32;
/** File names, hashes and signatures need no second look for escapes. */
const LONGEST_PLAIN = 1024;

function keptText(bytes: Uint8Array, start: number, end: number, hash: number): string {
  const slot = hash & (kept.length - 1);
  const known = kept[slot] as string;
  if (isText(known, bytes, start, end)) return known;
  const text = ascii(bytes, start, end);
  kept[slot] = text;
  return text;
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) if (text.charCodeAt(at - start) !== bytes[at]) return false;
  return true;
}

const ESCAPED: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, meaning]) => [letter.charCodeAt(0), meaning.charCodeAt(0)],
  ),
);

/** The bytes between the quotes of a string that is known to be well formed; no escape is shorter than the bytes it stands for. */
function unescaped(bytes: Uint8Array, start: number, end: number): string {
  if (!bytes.subarray(start, end).includes(BACKSLASH)) return decodeUtf8(bytes, start, end);
  const plain = new Uint8Array(end - start);
  let length = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== BACKSLASH) {
      plain[length++] = byte;
      at++;
      continue;
    }
    const meaning = ESCAPED.get(bytes[at + 1] as number);
    const unit = meaning ?? hexUnit(bytes, at, end);
    at += meaning === undefined ? 6 : 2;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      length = putUtf8(plain, length, 0x10000 + (unit - 0xd800) * 0x400 + hexUnit(bytes, at, end) - 0xdc00);
      at += 6;
    } else length = putUtf8(plain, length, unit);
  }
  return decodeUtf8(plain, 0, length);
}

/** Writes one code point at `at`; returns the offset after it. */
function putUtf8(into: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    into[at] = point;
    return at + 1;
  }
  const length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  into[at] = ((0xf00 >> length) & 0xff) | (point >> (6 * (length - 1)));
  for (let left = length - 2; left >= 0; left--) into[at + length - 1 - left] = 0x80 | ((point >> (6 * left)) & 0x3f);
  return at + length;
}
