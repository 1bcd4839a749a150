import { generateKeyPairSync, sign } from 'node:crypto';
import { PublicKey, type Signer } from '@antivenom/core';

const PSS = { padding: 6 /* RSA_PKCS1_PSS_PADDING */, saltLength: 32 };

/** A new key of one of the types that TUF has besides Ed25519. */
export function generatedSigner(type: 'ecdsa-p256' | 'rsa-pss'): Signer {
  const { privateKey, publicKey } =
    type === 'ecdsa-p256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = type === 'ecdsa-p256' ? privateKey : { key: privateKey, ...PSS };
  return {
    publicKey: PublicKey.fromPem(publicKey.export({ format: 'pem', type: 'spki' }).toString()),
    sign: async (message) => new Uint8Array(sign('sha256', message, key)),
  };
}
