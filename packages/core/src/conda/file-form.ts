/** How an index is laid out, so that what is added to it looks like the rest. */
import { MalformedError } from '../errors.ts';
import { concat, isWhitespace } from './cut.ts';
import type { Repodata } from './repodata.ts';

/** What stands after `{` and before `}` at a depth, after a comma, and between key and value. */
export interface Form {
  open(depth: number): string;
  between(depth: number): string;
  close(depth: number): string;
  readonly colon: string;
}

/** Reads the layout off the first members; a file of one member and no spaces is compact. */
export function formOf({ bytes, members }: Repodata): Form {
  const [first, second] = members;
  if (first === undefined) return inlineForm(':', '');
  const colon = `:${spaceBefore(bytes, first.valueStart)}`;
  const indent = /\n([ \t]*)$/.exec(spaceBefore(bytes, first.keyStart))?.[1];
  if (indent === undefined) {
    return inlineForm(colon, second === undefined ? colon.slice(1) : spaceBefore(bytes, second.keyStart));
  }
  const line = (depth: number): string => `\n${indent.repeat(depth)}`;
  return { open: line, between: line, close: (depth) => line(depth - 1), colon };
}

/** The same file with this value: in the place of the member's old one, else in a member after its last. */
export function withMember(repodata: Repodata, key: string, written: readonly Uint8Array[]): Uint8Array {
  const { bytes, members } = repodata;
  const old = repodata.member(key);
  if (old !== undefined) return concat([bytes.subarray(0, old.valueStart), ...written, bytes.subarray(old.valueEnd)]);
  const last = members.at(-1);
  if (last === undefined) throw new MalformedError('repodata: an index without members cannot be signed');
  const form = formOf(repodata);
  return concat([
    bytes.subarray(0, last.valueEnd),
    encode(`,${form.between(1)}"${key}"${form.colon}`),
    ...written,
    bytes.subarray(last.valueEnd),
  ]);
}

/** The white space that ends there. */
export function spaceBefore(bytes: Uint8Array, end: number): string {
  let start = end;
  while (start > 0 && isWhitespace(bytes[start - 1])) start--;
  return new TextDecoder().decode(bytes.subarray(start, end));
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function inlineForm(colon: string, afterComma: string): Form {
  return { open: () => '', between: () => afterComma, close: () => '', colon };
}
