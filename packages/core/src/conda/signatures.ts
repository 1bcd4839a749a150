/**
 * The member `signatures` of a repodata file: read file by file, and put in or taken out without touching another byte,
 * so that a signed index stays in its indexer's own form.
 */
import { quotePlain } from '../json/quote.ts';
import type { JsonValue } from '../json/value.ts';
import { encode, type Form, formOf, withMember } from './file-form.ts';
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
  return withMember(repodata, 'signatures', writeSignatures(signatures, formOf(repodata)));
}

/** The same file without the member `signatures`: the exact bytes it had before {@link withSignatures} added one. */
export function withoutSignatures(repodata: Repodata): Uint8Array {
  return keepRecords(repodata, () => true, new Set(['signatures']));
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
