import { MalformedError } from '../errors.ts';
import { isSoundPoint } from './ed25519.ts';
import { bytesToHex, hexToBytes } from './hex.ts';
import { pemToSpki } from './pem.ts';
import { readSpki } from './spki.ts';

export type KeyType = 'ed25519' | 'ecdsa-p256' | 'rsa-pss';

/** A public key that is strong enough to count. Weak ones cannot be made. */
export class PublicKey {
  readonly type: KeyType;
  /** `ed25519:<64 hex>`, `rsa-pss:<modulus in hex>:<exponent in hex>` and the like. Two keys are one key when their material is equal, however they were written. */
  readonly material: string;
  /** Ed25519: the 32 bytes of RFC 8032; otherwise DER SubjectPublicKeyInfo. */
  readonly bytes: Uint8Array;

  private constructor(type: KeyType, material: string, bytes: Uint8Array) {
    this.type = type;
    this.material = `${type}:${material}`;
    this.bytes = bytes;
  }

  /**
   * @param raw 32 bytes
   * @throws MalformedError for another length, a non-canonical encoding or a point of small order.
   * @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1.5
   */
  static ed25519(raw: Uint8Array): PublicKey {
    if (raw.length !== 32) throw new MalformedError(`an Ed25519 public key has 32 bytes, not ${raw.length}`);
    if (!isSoundPoint(raw)) {
      throw new MalformedError('the Ed25519 public key is weak: it would take signatures that nobody made', {
        hint: 'No honest tool makes such a key: find out where it came from, and make another.',
      });
    }
    return new PublicKey('ed25519', bytesToHex(raw), raw.slice());
  }

  /**
   * @param hex 64 characters of either case
   * @throws MalformedError
   */
  static ed25519Hex(hex: string): PublicKey {
    return PublicKey.ed25519(hexToBytes(hex));
  }

  /**
   * @param der SubjectPublicKeyInfo of an Ed25519, P-256 or RSA key
   * @throws MalformedError for anything else, and for RSA of less than 2048 bits.
   */
  static fromSpki(der: Uint8Array): PublicKey {
    const key = readSpki(der);
    if (key.type === 'ed25519') return PublicKey.ed25519(key.raw);
    return new PublicKey(key.type, key.numbers, der.slice());
  }

  /**
   * @param pem one `PUBLIC KEY` block, as {@link PublicKey.fromSpki} takes its content
   * @throws MalformedError
   */
  static fromPem(pem: string): PublicKey {
    return PublicKey.fromSpki(pemToSpki(pem));
  }
}
