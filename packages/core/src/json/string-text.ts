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
  while (at < end && PLAIN[bytes[at] as number] === 1) at++;
  if (at < end && bytes[at] === QUOTE) {
    into.text = ascii(bytes, start, at);
    into.end = at + 1;
    return;
  }
  into.end = endOfString(bytes, open, end, at);
  into.text = unescaped(bytes, start, into.end - 1);
}

const ESCAPED: ReadonlyMap<number, string> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, meaning]) => [letter.charCodeAt(0), meaning],
  ),
);

/** The bytes between the quotes of a string that is known to be well formed. */
function unescaped(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let from = start;
  for (;;) {
    const at = bytes.subarray(0, end).indexOf(BACKSLASH, from);
    if (at === -1) return text + decodeUtf8(bytes, from, end);
    if (at > from) text += decodeUtf8(bytes, from, at);
    const meaning = ESCAPED.get(bytes[at + 1] as number);
    text += meaning ?? String.fromCharCode(hexUnit(bytes, at, end));
    from = at + (meaning === undefined ? 6 : 2);
  }
}
