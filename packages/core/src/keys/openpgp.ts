/**
 * Ed25519 signatures in the shape that GnuPG gives them, as conda counts them on roots: what is signed is a digest of the
 * document and of the signature packet's own first part, which travels as `other_headers`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4880#section-5.2.4
 */
import { UsageError } from '../errors.ts';
import type { CryptoPort } from '../ports.ts';
import { hexToBytes } from './hex.ts';

/** SHA-256(document ‖ other_headers ‖ 04 ff ‖ length of other_headers, four bytes big-endian): the message that Ed25519 signs. */
export function openpgpDigest(document: Uint8Array, otherHeaders: Uint8Array, crypto: CryptoPort): Uint8Array {
  const trailer = new Uint8Array([0x04, 0xff, ...bigEndian(otherHeaders.length, 4)]);
  return crypto.createHash('sha256').update(document).update(otherHeaders).update(trailer).digest();
}

export interface OpenpgpHeaderFields {
  /** 40 hex characters; a raw key has none. */
  readonly keyFingerprint?: string;
  /** ms since the epoch */
  readonly createdAt: number;
}

/**
 * `other_headers` of a version 4 signature: over a binary document, EdDSA, SHA-256, with the hashed subpackets issuer
 * fingerprint (if given) and creation time.
 *
 * @throws UsageError `usage` for a fingerprint that is none, or a time before 1970 or after 2106.
 */
export function openpgpHeaders({ keyFingerprint, createdAt }: OpenpgpHeaderFields): Uint8Array {
  const seconds = Math.floor(createdAt / 1000);
  if (!(seconds >= 0 && seconds < 2 ** 32)) {
    throw new UsageError('usage', 'an OpenPGP signature cannot carry this creation time');
  }
  const created = [5, 0x02, ...bigEndian(seconds, 4)];
  let issuer: number[] = [];
  if (keyFingerprint !== undefined) {
    if (!/^[0-9a-fA-F]{40}$/.test(keyFingerprint)) {
      throw new UsageError('usage', 'an OpenPGP key fingerprint has 40 hex characters');
    }
    issuer = [22, 0x21, 0x04, ...hexToBytes(keyFingerprint)];
  }
  const subpackets = [...issuer, ...created];
  const [version, overBinary, eddsa, sha256] = [0x04, 0x00, 22, 8];
  return new Uint8Array([version, overBinary, eddsa, sha256, ...bigEndian(subpackets.length, 2), ...subpackets]);
}

function bigEndian(value: number, length: number): number[] {
  return Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256);
}
