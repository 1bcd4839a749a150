/**
 * DER SubjectPublicKeyInfo of the two kinds of keys that come in it, read strictly: one key has one encoding here, so that
 * equal keys have equal bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
 */
import { MalformedError } from '../errors.ts';
import { bytesToHex } from './hex.ts';

/** Everything up to the 32 bytes of the key (RFC 8410). */
const ED25519_HEAD = '302a300506032b6570032100';
/** Everything up to x ‖ y of an uncompressed point (RFC 5480): id-ecPublicKey, prime256v1. */
const P256_HEAD = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';
/** AlgorithmIdentifier: rsaEncryption, NULL (RFC 3279). */
const RSA_ALGORITHM = '300d06092a864886f70d0101010500';

const P256_PRIME = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const MIN_RSA_BITS = 2048;
/** Beyond it a verification takes seconds. */
const MAX_RSA_BITS = 8192;

export type SpkiKey =
  | { readonly type: 'ed25519'; readonly raw: Uint8Array }
  /** `numbers`: the key's own numbers in hex, whatever else stands around them. */
  | { readonly type: 'ecdsa-p256' | 'rsa-pss'; readonly numbers: string };

/**
 * Reads a key and refuses weak ones.
 *
 * @throws MalformedError for anything but an Ed25519 key, a P-256 key (uncompressed, on the curve) or an RSA key of 2048 to
 * 8192 bits.
 */
export function readSpki(der: Uint8Array): SpkiKey {
  const hex = bytesToHex(der);
  if (hex.startsWith(ED25519_HEAD) && der.length === 44) return { type: 'ed25519', raw: der.slice(12) };
  if (hex.startsWith(P256_HEAD) && der.length === 91) {
    const numbers = hex.slice(P256_HEAD.length);
    requireOnP256(numbers);
    return { type: 'ecdsa-p256', numbers };
  }
  if (hex.startsWith('30') && hex.includes(RSA_ALGORITHM)) return { type: 'rsa-pss', numbers: readRsa(der) };
  throw unusable('it is neither Ed25519, nor P-256 with an uncompressed point, nor RSA');
}

function requireOnP256(point: string): void {
  const x = BigInt(`0x${point.slice(0, 64)}`);
  const y = BigInt(`0x${point.slice(64)}`);
  const p = P256_PRIME;
  if (x >= p || y >= p || (y * y - x * x * x + 3n * x - P256_B) % p !== 0n) {
    throw unusable('its point is not on the curve P-256');
  }
}

/** `SEQUENCE { algorithm, BIT STRING { SEQUENCE { INTEGER modulus, INTEGER exponent } } }`, as "modulus:exponent" in hex. */
function readRsa(der: Uint8Array): string {
  const outer = contentOf(der, 0, 0x30, der.length);
  const algorithmEnd = outer.start + RSA_ALGORITHM.length / 2;
  if (bytesToHex(der.subarray(outer.start, algorithmEnd)) !== RSA_ALGORITHM) throw unusable('it is not of RSA');
  const bits = contentOf(der, algorithmEnd, 0x03, outer.end);
  if (der[bits.start] !== 0) throw unusable('it is not DER');
  const pair = contentOf(der, bits.start + 1, 0x30, bits.end);
  const modulus = contentOf(der, pair.start, 0x02);
  const exponent = contentOf(der, modulus.end, 0x02, pair.end);
  const n = readPositive(der.subarray(modulus.start, modulus.end));
  const e = readPositive(der.subarray(exponent.start, exponent.end));
  const length = n.toString(2).length;
  if (length < MIN_RSA_BITS || length > MAX_RSA_BITS) {
    throw unusable(`an RSA key must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits, not ${length}`);
  }
  if (n % 2n === 0n || e % 2n === 0n || e < 3n || e >= 2n ** 32n) throw unusable('its RSA numbers are no key');
  return `${n.toString(16)}:${e.toString(16)}`;
}

/** The content of the element at `at`: its tag must be `tag`, its length the shortest form, its end `end` where given. */
function contentOf(der: Uint8Array, at: number, tag: number, end?: number): { start: number; end: number } {
  let start = at + 2;
  let length = der[at + 1] ?? 0;
  if (length >= 0x80) {
    // Two bytes are enough for the largest RSA key taken.
    const lengthBytes = length - 0x80;
    length = 0;
    for (let byte = 0; byte < 2 && byte < lengthBytes; byte++) length = length * 256 + (der[start + byte] ?? 0);
    start += lengthBytes;
    if (lengthBytes > 2 || length < (lengthBytes === 1 ? 0x80 : 0x100)) throw unusable('it is not DER');
  }
  const last = start + length;
  if (der[at] !== tag || last > (end ?? der.length) || (end !== undefined && last !== end)) {
    throw unusable('it is not DER');
  }
  return { start, end: last };
}

function readPositive(bytes: Uint8Array): bigint {
  const [first = 0x80, second = 0x80] = bytes;
  if (first >= 0x80 || (first === 0 && second < 0x80)) throw unusable('its RSA numbers are not DER');
  return BigInt(`0x${bytesToHex(bytes)}`);
}

function unusable(why: string): MalformedError {
  return new MalformedError(`the public key cannot be used: ${why}`, {
    hint: 'Use an Ed25519 key; P-256 and RSA of 2048 bits or more are taken too.',
  });
}
