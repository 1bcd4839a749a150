/** A signer whose private key is in the memory of this process. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { PublicKey, type Signer } from '@antivenom/core';

// PKCS #8 of an Ed25519 key (RFC 8410) up to the 32 bytes of the seed, SPKI up to the 32 bytes of the public key.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX_LENGTH = 12;

export class FileSigner implements Signer {
  readonly publicKey: PublicKey;
  readonly #key: KeyObject;

  /** @param seed the private key of RFC 8032, 32 bytes */
  constructor(seed: Uint8Array) {
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.publicKey = PublicKey.ed25519(new Uint8Array(spki.subarray(SPKI_PREFIX_LENGTH)));
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(sign(null, message, this.#key));
  }
}
