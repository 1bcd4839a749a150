/** The outer form of root, key_mgr and pkg_mgr: what was signed, and the signatures over its canonical form. */
import { MalformedError } from '../errors.ts';
import { expectObject, member } from '../json/access.ts';
import { cctCanonical } from '../json/cct-canonical.ts';
import { readJson } from '../json/read.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { CctLimits } from './limits.ts';
import { type CctSignatures, parseSignatures } from './signatures.ts';

export interface CctEnvelope {
  /** Everything that was signed, fields unknown to us too. */
  readonly signed: JsonObject;
  /** The bytes that signatures are over, however the file is laid out. */
  readonly signedCanonical: Uint8Array;
  /** Nothing here is verified. */
  readonly signatures: CctSignatures;
}

/**
 * Reads a CCT file without believing it.
 *
 * @param where the file's name for messages
 * @throws MalformedError
 */
export function parseCctEnvelope(bytes: Uint8Array, limits: CctLimits, where: string): CctEnvelope {
  const document = expectObject(readDocument(bytes, limits, where), where);
  const signed = expectObject(member(document, 'signed', where), `${where}: \`signed\``);
  const signatures = expectObject(member(document, 'signatures', where), `${where}: \`signatures\``);
  return { signed, signedCanonical: cctCanonical(signed), signatures: parseSignatures(signatures) };
}

function readDocument(bytes: Uint8Array, limits: CctLimits, where: string): JsonValue {
  try {
    return readJson(bytes, limits.json);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new MalformedError(`${where}: ${cause.message}`, {
      hint: 'The file is damaged, or no metadata at all: try again, or another mirror.',
      details: cause.details,
      cause,
    });
  }
}
