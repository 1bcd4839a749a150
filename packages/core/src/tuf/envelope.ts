/** The outer form of every TUF file: what was signed, and the signatures over its canonical form. */
import { MalformedError, VerificationError } from '../errors.ts';
import { expectArray, expectObject, expectString, member } from '../json/access.ts';
import type { JsonLimits } from '../json/limits.ts';
import { olpcCanonical } from '../json/olpc-canonical.ts';
import { readJson } from '../json/read.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { TufEnv } from './limits.ts';

export interface TufEnvelope {
  /** Everything that was signed, fields unknown to us too. */
  readonly signed: JsonObject;
  /** The bytes that signatures are over. */
  readonly signedBytes: Uint8Array;
  /** Key id → signature as written. Nothing here is verified; an empty text is a place kept for a signature to come. */
  readonly signatures: ReadonlyMap<string, string>;
}

/**
 * Reads a TUF file without believing it.
 *
 * @param where the file's name for messages
 * @throws MalformedError for anything that is not such a file, a key id that signs twice among them.
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-object-format
 */
export function parseTufEnvelope(bytes: Uint8Array, limits: JsonLimits, where: string): TufEnvelope {
  const document = expectObject(readDocument(bytes, limits, where), where);
  const signed = expectObject(member(document, 'signed', where), `${where}: \`signed\``);
  const signatures = new Map<string, string>();
  for (const entry of expectArray(member(document, 'signatures', where), `${where}: \`signatures\``)) {
    const signature = expectObject(entry, `${where}: a signature`);
    const keyId = expectString(member(signature, 'keyid', `${where}: a signature`), `${where}: \`keyid\``);
    if (signatures.has(keyId))
      throw new MalformedError(`${where}: two signatures by the key id ${JSON.stringify(keyId)}`);
    signatures.set(keyId, expectString(member(signature, 'sig', `${where}: a signature`), `${where}: \`sig\``));
  }
  return { signed, signedBytes: olpcCanonical(signed), signatures };
}

function readDocument(bytes: Uint8Array, limits: JsonLimits, where: string): JsonValue {
  try {
    return readJson(bytes, limits);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new MalformedError(`${where}: ${cause.message}`, {
      hint: 'The file is damaged, or no metadata at all: try again, or another mirror.',
      details: cause.details,
      cause,
    });
  }
}

/**
 * The same for a role that may have so many bytes.
 *
 * @throws VerificationError `length-mismatch`
 */
export function readTufEnvelope(
  bytes: Uint8Array,
  maxLength: number,
  where: string,
  { limits }: Pick<TufEnv, 'limits'>,
): TufEnvelope {
  if (bytes.length > maxLength) {
    throw new VerificationError(
      'length-mismatch',
      `${where} has ${bytes.length} bytes; at most ${maxLength} are read`,
      {
        hint: 'Try another mirror.',
        details: { file: where },
      },
    );
  }
  return parseTufEnvelope(bytes, limits.json, where);
}
