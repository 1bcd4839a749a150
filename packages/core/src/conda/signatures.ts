/**
 * The member `signatures` of a repodata file: read file by file, and put in or taken out without touching another byte,
 * so that a signed index stays in its indexer's own form.
 */
import { MalformedError } from '../errors.ts';
import { quotePlain } from '../json/quote.ts';
import type { JsonValue } from '../json/value.ts';
import { concat, isWhitespace } from './cut.ts';
import { keepRecords } from './keep-records.ts';
import type { Repodata } from './repodata.ts';

/** One signature: `signature` is 128 hex characters; `otherHeaders` (hex) makes it one of OpenPGP shape. */
export interface RecordSignature {
  readonly signature: string;
  readonly otherHeaders?: string;
}

/** File name → public key (64 hex) → signature, or its hex alone. */
export type RecordSignatureMap = ReadonlyMap<string, ReadonlyMap<string, string | RecordSignature>>;

/** Signatures as they stand in a file: parsed when asked for, judged by whoever knows the keys. */
export class RecordSignatures {
  readonly #repodata: Repodata;

  constructor(repodata: Repodata) {
    this.#repodata = repodata;
  }

  get files(): Iterable<string> {
    return this.#repodata.signatureEntries.keys();
  }

  /** The entry of one file, of whatever shape the server gave it; undefined where there is none. */
  of(file: string): JsonValue | undefined {
    const slice = this.#repodata.signatureEntries.get(file);
    if (slice === undefined) return undefined;
    return this.#repodata.part(slice.valueStart, slice.valueEnd);
  }
}

/**
 * The same file with exactly these signatures: in the place of the member `signatures` where it has one, else after its
 * last member. Indentation and spacing follow the file's own; files and keys are sorted, so equal input gives equal bytes.
 */
export function withSignatures(repodata: Repodata, signatures: RecordSignatureMap): Uint8Array {
  const { bytes, members } = repodata;
  const form = formOf(repodata);
  const written = writeSignatures(signatures, form);
  const old = repodata.signatures;
  if (old !== undefined) return concat([bytes.subarray(0, old.valueStart), ...written, bytes.subarray(old.valueEnd)]);
  const last = members.at(-1);
  if (last === undefined) throw new MalformedError('repodata: an index without members cannot be signed');
  return concat([
    bytes.subarray(0, last.valueEnd),
    encode(`,${form.between(1)}"signatures"${form.colon}`),
    ...written,
    bytes.subarray(last.valueEnd),
  ]);
}

/** The same file without the member `signatures`: the exact bytes it had before {@link withSignatures} added one. */
export function withoutSignatures(repodata: Repodata): Uint8Array {
  return keepRecords(repodata, () => true, new Set(['signatures']));
}

/** How a file is laid out: what stands after `{` and before `}` at a depth, after a comma, and between key and value. */
interface Form {
  open(depth: number): string;
  between(depth: number): string;
  close(depth: number): string;
  readonly colon: string;
}

/** Reads the layout off the first members; a file of one member and no spaces is compact. */
function formOf(repodata: Repodata): Form {
  const { bytes, members } = repodata;
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

function inlineForm(colon: string, afterComma: string): Form {
  return { open: () => '', between: () => afterComma, close: () => '', colon };
}

function spaceBefore(bytes: Uint8Array, end: number): string {
  let start = end;
  while (start > 0 && isWhitespace(bytes[start - 1])) start--;
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/** One piece a file, since together they may be longer than a string can be. */
function writeSignatures(signatures: RecordSignatureMap, form: Form): Uint8Array[] {
  const files = [...signatures].filter(([, byKey]) => byKey.size > 0).sort(byName);
  if (files.length === 0) return [encode('{}')];
  const pieces = files.map(([file, byKey], index) => {
    const entries = [...byKey].sort(byName).map(([key, signature]): [string, string] => [key, entry(signature, form)]);
    const lead = index === 0 ? `{${form.open(2)}` : `,${form.between(2)}`;
    return encode(`${lead}${quotePlain(file)}${form.colon}${object(entries, 3, form)}`);
  });
  pieces.push(encode(`${form.close(2)}}`));
  return pieces;
}

function entry(signature: string | RecordSignature, form: Form): string {
  const { signature: hex, otherHeaders } = typeof signature === 'string' ? { signature } : signature;
  const members: [string, string][] = [['signature', quotePlain(hex)]];
  if (otherHeaders !== undefined) members.unshift(['other_headers', quotePlain(otherHeaders)]);
  return object(members, 4, form);
}

function object(members: readonly (readonly [string, string])[], depth: number, form: Form): string {
  const lines = members.map(([key, value]) => `${quotePlain(key)}${form.colon}${value}`);
  return `{${form.open(depth)}${lines.join(`,${form.between(depth)}`)}${form.close(depth)}}`;
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
