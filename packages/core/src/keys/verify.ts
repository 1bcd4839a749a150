import type { CryptoPort } from '../ports.ts';
import { isSoundSignature } from './ed25519.ts';
import type { PublicKey } from './public-key.ts';

/**
 * Whether this key signed this message: for counting towards a threshold, never a decision by itself.
 *
 * @param signature Ed25519: 64 bytes, `R ‖ S`; P-256: DER; RSA: as long as the modulus
 */
export function verifySignature(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  crypto: CryptoPort,
): boolean {
  switch (key.type) {
    case 'ed25519':
      return isSoundSignature(signature) && crypto.verifyEd25519(key.bytes, message, signature);
    case 'ecdsa-p256':
      return crypto.verifyEcdsaP256(key.bytes, message, signature);
    case 'rsa-pss':
      return signature.length === modulusLength(key) && crypto.verifyRsaPss(key.bytes, message, signature);
  }
}

/**
 * In bytes. A signature is exactly as long (RFC 8017, 8.1.2); back ends differ on one whose leading zero was left out.
 */
function modulusLength({ material }: PublicKey): number {
  const [, modulus = ''] = material.split(':');
  return Math.ceil(modulus.length / 2);
}
