import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { PublicKey, type Signer } from '@antivenom/core';

// PKCS #8 of an Ed25519 key (RFC 8410) up to the 32 bytes of the seed, SPKI up to the 32 bytes of the public key.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX_LENGTH = 12;

/** An Ed25519 key made from a name: the same name, the same key. For tests alone. */
export function seededSigner(name: string): Signer {
  const seed = createHash('sha256').update(`antivenom test key ${name}`).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: PublicKey.ed25519(new Uint8Array(spki.subarray(SPKI_PREFIX_LENGTH))),
    sign: async (message) => new Uint8Array(sign(null, message, key)),
  };
}
