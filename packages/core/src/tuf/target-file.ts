/** What a targets role says of one file. */
import { expectInteger, expectObject, member, optionalMember } from '../json/access.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { CryptoPort } from '../ports.ts';
import type { Verified } from '../verified.ts';
import { checkDigest, DigestCheck, type Hashes, parseHashes } from './digests.ts';

export interface TargetFile {
  /** As written: not safe as a file name before `checkTargetPath`. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  readonly hashes: Hashes;
  readonly custom?: JsonObject;
}

/**
 * @throws MalformedError
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-targets
 */
export function parseTargetFile(path: string, value: JsonValue, where: string): TargetFile {
  const at = `${where}: target ${JSON.stringify(path)}`;
  const entry = expectObject(value, at);
  const custom = optionalMember(entry, 'custom');
  return {
    path,
    length: expectInteger(member(entry, 'length', at), `${at}: \`length\``, { min: 0 }),
    hashes: parseHashes(member(entry, 'hashes', at), `${at}: \`hashes\``),
    ...(custom === undefined ? {} : { custom: expectObject(custom, `${at}: \`custom\``) }),
  };
}

/**
 * Checks a target's bytes in one piece.
 *
 * @throws VerificationError `length-mismatch` or `hash-mismatch`
 * @see https://theupdateframework.github.io/specification/v1.0.34/#fetch-target (step 5.7.3)
 */
export function checkTargetBytes(target: Verified<TargetFile>, bytes: Uint8Array, crypto: CryptoPort): void {
  checkDigest(target.path, target, bytes, crypto);
}

/** The same for a target that arrives in pieces: no byte may be handed on before `finish()` has returned. */
export function startTargetCheck(target: Verified<TargetFile>, crypto: CryptoPort): DigestCheck {
  return new DigestCheck(target.path, target, crypto);
}
