/** Whether a record of an index is one that the package manager's key signed, and stands where it belongs. */

import type { RecordMap } from '../conda/record-maps.ts';
import { checkRecordNames } from '../conda/record-names.ts';
import { ContentTrustError, type ErrorCode } from '../errors.ts';
import { cctCanonical } from '../json/cct-canonical.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { CryptoPort } from '../ports.ts';
import type { CctDelegation } from './delegation.ts';
import { type CctShape, countSignatures, parseSignatures } from './signatures.ts';

export interface RecordQuestion {
  /** The folder, `linux-64`; empty where it is not known, and names cannot be checked. */
  readonly subdir: string;
  /** The record's key in its map. */
  readonly file: string;
  readonly map: RecordMap;
  readonly record: JsonObject;
  /** The file's entry in `signatures`, of whatever shape the server gave it. */
  readonly signatures: JsonValue | undefined;
  /** Whether the record must spell its file and folder: false only where somebody renamed files on purpose. */
  readonly checkNames: boolean;
}

/** `keys` are those that signed, `ignored` those with entries that nobody delegated; in lower-case hex. */
export type RecordVerdict =
  | { readonly status: 'signed'; readonly keys: readonly string[]; readonly ignored: readonly string[] }
  /** No delegated key has an entry. */
  | { readonly status: 'unsigned'; readonly ignored: readonly string[] }
  | {
      readonly status: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly ignored: readonly string[];
    };

/** What of a record is signed: its bytes, asked for only where a delegated key has an entry, and the shapes that count. */
export interface SignedForm {
  readonly canonical: () => Uint8Array;
  readonly shapes: readonly CctShape[];
}

/** Judges one record: signatures first, then the names, which no signature covers. Never throws for what the server sent. */
export function checkCctRecord(question: RecordQuestion, pkgMgr: CctDelegation, crypto: CryptoPort): RecordVerdict {
  const canonical = (): Uint8Array => cctCanonical(question.record);
  return checkSignedRecord(question, { canonical, shapes: ['raw'] }, pkgMgr, crypto);
}

/** {@link checkCctRecord}, whatever of the record is signed. */
export function checkSignedRecord(
  question: RecordQuestion,
  { canonical, shapes }: SignedForm,
  pkgMgr: CctDelegation,
  crypto: CryptoPort,
): RecordVerdict {
  const { subdir, file, map, record, checkNames } = question;
  const where = nameIn(question);
  // Records of v3 maps have no signatures: what a server puts there means nothing.
  const signatures = parseSignatures(map.startsWith('v3.') ? undefined : question.signatures);
  const { good, bad, ignored } = countSignatures(pkgMgr, canonical, signatures, shapes, crypto);
  const refused = (code: ErrorCode, message: string): RecordVerdict => ({ status: 'refused', code, message, ignored });

  const isSigned = good.length >= pkgMgr.threshold;
  // Each must be good, also where others are enough: whoever exchanged one was at work on this record.
  if (bad[0] !== undefined) {
    return refused('bad-signature', `${where}: the signature by key ${bad[0].slice(0, 8)}… is not over this record`);
  }
  if (!isSigned && good.length > 0) {
    return refused(
      'threshold-not-met',
      `${where} is signed by ${good.length} of the ${pkgMgr.threshold} distinct keys that key_mgr.json asks for`,
    );
  }
  if (checkNames) {
    try {
      const { subdirStated } = checkRecordNames(subdir, file, map, record);
      if (isSigned && !subdirStated) {
        return refused('name-mismatch', `${where}: the record says no subdir, so it would pass in every one`);
      }
    } catch (error) {
      if (error instanceof ContentTrustError) return refused(error.code, error.message);
      throw error;
    }
  }
  return isSigned ? { status: 'signed', keys: good, ignored } : { status: 'unsigned', ignored };
}

/** The record's name for messages. */
export function nameIn({ subdir, file }: RecordQuestion): string {
  return subdir === '' ? file : `${subdir}/${file}`;
}
