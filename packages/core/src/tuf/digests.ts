/** Length and hashes that metadata states of another file, and the check of that file's bytes against them. */
import { MalformedError, VerificationError } from '../errors.ts';
import { expectObject, expectString } from '../json/access.ts';
import type { JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import type { CryptoPort, IncrementalHash } from '../ports.ts';

export type HashAlgorithm = 'sha256' | 'sha512';

/** Algorithm → lower-case hex, in the order of appearance. Empty where the metadata names other algorithms alone. */
export type Hashes = ReadonlyMap<HashAlgorithm, string>;

/** What is known of a file's bytes; length in bytes. */
export interface FileDigest {
  readonly length?: number;
  readonly hashes?: Hashes;
}

const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/** @throws MalformedError for an empty list, or a hash that is not lower-case hex of its algorithm's length. */
export function parseHashes(value: JsonValue, where: string): Hashes {
  const hashes = new Map<HashAlgorithm, string>();
  const stated = expectObject(value, where);
  if (stated.size === 0) throw new MalformedError(`${where} must name at least one hash`);
  for (const [algorithm, hash] of stated) {
    const hex = expectString(hash, where);
    const length = HEX_LENGTH.get(algorithm);
    if (length === undefined) continue;
    if (hex.length !== length || !/^[0-9a-f]+$/.test(hex)) {
      throw new MalformedError(`${where}: \`${algorithm}\` must be ${length} lower-case hex digits`);
    }
    hashes.set(algorithm as HashAlgorithm, hex);
  }
  return hashes;
}

/**
 * Takes a file piece by piece; its bytes count as verified once {@link DigestCheck.finish} has returned.
 *
 * Every hash of a usable algorithm must be right; a list of hashes without any can prove nothing and is refused.
 */
export class DigestCheck {
  readonly #where: string;
  readonly #expected: FileDigest;
  readonly #running: readonly { algorithm: HashAlgorithm; hex: string; hash: IncrementalHash }[];
  #length = 0;

  /** @throws VerificationError `hash-mismatch` where hashes are stated and none is of a usable algorithm */
  constructor(where: string, expected: FileDigest, crypto: CryptoPort) {
    if (expected.hashes?.size === 0) {
      throw new VerificationError('hash-mismatch', `${where}: neither a SHA-256 nor a SHA-512 hash is stated`, {
        hint: 'Tell the owner of the channel to state a SHA-256 hash.',
        details: { file: where },
      });
    }
    this.#where = where;
    this.#expected = expected;
    this.#running = [...(expected.hashes ?? [])].map(([algorithm, hex]) => ({
      algorithm,
      hex,
      hash: crypto.createHash(algorithm),
    }));
  }

  /** @throws VerificationError `length-mismatch` with the first byte too many */
  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const { length } = this.#expected;
    if (length !== undefined && this.#length > length) {
      throw this.#mismatch('length-mismatch', `is longer than the ${length} bytes that were signed`);
    }
    for (const { hash } of this.#running) hash.update(chunk);
  }

  /** @throws VerificationError `length-mismatch` or `hash-mismatch` */
  finish(): void {
    const { length } = this.#expected;
    if (length !== undefined && this.#length !== length) {
      throw this.#mismatch('length-mismatch', `has ${this.#length} bytes, not the ${length} that were signed`);
    }
    for (const { algorithm, hex, hash } of this.#running) {
      if (bytesToHex(hash.digest()) !== hex) {
        throw this.#mismatch('hash-mismatch', `does not have the ${algorithm} hash that was signed`);
      }
    }
  }

  #mismatch(code: 'length-mismatch' | 'hash-mismatch', what: string): VerificationError {
    return new VerificationError(code, `${this.#where} ${what}`, {
      hint: 'Try again, or another mirror; if it stays, the server does not serve what its owner signed.',
      details: { file: this.#where },
    });
  }
}

/** The same for bytes in one piece. */
export function checkDigest(where: string, expected: FileDigest, bytes: Uint8Array, crypto: CryptoPort): void {
  const check = new DigestCheck(where, expected, crypto);
  check.update(bytes);
  check.finish();
}
