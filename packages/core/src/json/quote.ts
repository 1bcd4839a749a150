/** The ways in which strings are written: one for each form of JSON, and one for messages. */
import { MalformedError } from '../errors.ts';

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\b', '\\b'],
  ['\f', '\\f'],
]);

const NOT_PLAIN_ASCII = /[^ !#-[\]-~]/;
const EACH_NOT_PLAIN_ASCII = /[^ !#-[\]-~]/g; // by UTF-16 unit: a character beyond U+FFFF becomes two escapes

/** All outside `0x20`–`0x7e` escaped, as Python's `ensure_ascii` does: lower-case hex, surrogate pairs, DEL too. */
export function quoteAscii(text: string): string {
  if (!NOT_PLAIN_ASCII.test(text)) return `"${text}"`;
  refuseLoneSurrogates(text);
  return `"${text.replace(EACH_NOT_PLAIN_ASCII, escapeUnit)}"`;
}

/** Quote and backslash escaped and nothing else, not even line breaks: OLPC's canonical form. */
export function quoteOlpc(text: string): string {
  refuseLoneSurrogates(text);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** What RFC 8259 requires escaped, and nothing else. */
export function quotePlain(text: string): string {
  refuseLoneSurrogates(text);
  return JSON.stringify(text);
}

/** A name from outside, for a message: on one line, in plain letters, not long. */
export function quoteBriefly(text: string): string {
  return quoteAscii((text.length > 80 ? `${text.slice(0, 80)}...` : text).toWellFormed());
}

function escapeUnit(unit: string): string {
  return SHORT.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Half of a surrogate pair has no bytes in UTF-8; the encoder would put another character in its place. */
function refuseLoneSurrogates(text: string): void {
  if (!text.isWellFormed()) throw new MalformedError('a string holds half of a surrogate pair, which no file can hold');
}
