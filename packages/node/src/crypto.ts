import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CryptoPort, IncrementalHash } from '@antivenom/core';

/** DER SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410). */
const ED25519_SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** Parsed keys, by SPKI in base64: a channel's records are all signed by one or two, and parsing costs half a verification. */
const keys = new Map<string, KeyObject>();
const MOST_KEYS = 64;

/** Core's cryptography on OpenSSL, through node:crypto. */
export const nodeCrypto: CryptoPort = {
  createHash(algorithm): IncrementalHash {
    const hash = createHash(algorithm);
    const incremental: IncrementalHash = {
      update(chunk) {
        hash.update(chunk);
        return incremental;
      },
      digest: () => new Uint8Array(hash.digest()),
    };
    return incremental;
  },

  verifyEd25519(publicKey, message, signature) {
    return isValid(() => {
      const key = keyOf(Buffer.concat([ED25519_SPKI_HEAD, publicKey]));
      return key.asymmetricKeyType === 'ed25519' && verify(null, message, key, signature);
    });
  },

  verifyEcdsaP256(spki, message, signature) {
    return isValid(() => {
      const key = keyOf(spki);
      const onP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
      return onP256 && verify('sha256', message, { key, dsaEncoding: 'der' }, signature);
    });
  },

  verifyRsaPss(spki, message, signature) {
    return isValid(() => {
      const key = keyOf(spki);
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const saltLength = constants.RSA_PSS_SALTLEN_AUTO;
      return key.asymmetricKeyType === 'rsa' && verify('sha256', message, { key, padding, saltLength }, signature);
    });
  },
};

/** OpenSSL throws for keys and signatures that it cannot even read; for the caller they are wrong like any other. */
function isValid(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function keyOf(spki: Uint8Array): KeyObject {
  const id = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('base64');
  const known = keys.get(id);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(id, key);
  return key;
}

/** The SHA-256 of bytes in one piece, in hex: 64 characters. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
