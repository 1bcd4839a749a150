import type { PublicKey } from './public-key.ts';

/** A private key wherever it is kept: it shows its public half and signs. */
export interface Signer {
  readonly publicKey: PublicKey;
  /**
   * Signs the message itself, not a hash of it. Ed25519: 64 bytes; P-256 with SHA-256: DER `SEQUENCE { r, s }`; RSA: PSS with
   * SHA-256.
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
