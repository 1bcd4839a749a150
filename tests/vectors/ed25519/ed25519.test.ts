/** One file of vectors on three back ends: what core accepts must not depend on whose arithmetic it is given. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type CryptoPort, hexToBytes, MalformedError, PublicKey, verifySignature } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { ed25519 } from '@noble/curves/ed25519.js';
import sodium from 'libsodium-wrappers';

interface Vector {
  readonly name: string;
  readonly valid: boolean;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));

function never(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

/** noble's own verification multiplies by the cofactor, so the plain equation is asked for beside it. */
function verifyWithNoble(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!ed25519.verify(signature, message, key, { zip215: false })) return false;
  const { Point } = ed25519;
  const digest = createHash('sha512').update(signature.subarray(0, 32)).update(key).update(message).digest();
  const k = Point.Fn.create(BigInt(`0x${digest.reverse().toString('hex')}`));
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
  const r = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(key).multiplyUnsafe(k));
  return Buffer.from(r.toBytes()).equals(signature.subarray(0, 32));
}

await sodium.ready;
const BACK_ENDS: Readonly<Record<string, CryptoPort>> = {
  'node:crypto': nodeCrypto,
  '@noble/curves': { ...nodeCrypto, verifyEd25519: (k, m, s) => never(() => verifyWithNoble(k, m, s)) },
  libsodium: { ...nodeCrypto, verifyEd25519: (k, m, s) => never(() => sodium.crypto_sign_verify_detached(s, m, k)) },
};

function accepts({ key, message, signature }: Vector, crypto: CryptoPort): boolean {
  try {
    return verifySignature(PublicKey.ed25519Hex(key), hexToBytes(message), hexToBytes(signature), crypto);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

for (const [name, crypto] of Object.entries(BACK_ENDS)) {
  describe(`Ed25519 on ${name}`, () => {
    test('accepts and refuses what the vectors say', () => {
      const wrong = vectors.filter((vector) => accepts(vector, crypto) !== vector.valid).map((vector) => vector.name);
      assert.deepEqual(wrong, []);
    });
  });
}

test('what only a lenient back end takes, core refuses before it is asked', () => {
  // ZIP 215 takes small orders and non-canonical encodings on purpose; OpenSSL before 3.5 takes some of them too.
  const verifyEd25519: CryptoPort['verifyEd25519'] = (k, m, s) =>
    never(() => ed25519.verify(s, m, k, { zip215: true }));
  const ofSmallOrder = vectors.filter(({ name }) => /^(the identity|[AR] = \d T8)/.test(name));
  const taken = ofSmallOrder.filter(({ key, message, signature }) =>
    verifyEd25519(hexToBytes(key), hexToBytes(message), hexToBytes(signature)),
  );
  assert.equal(taken.length, ofSmallOrder.length);
  assert.ok(taken.length >= 40);
  const accepted = taken.filter((vector) => accepts(vector, { ...nodeCrypto, verifyEd25519 }));
  assert.deepEqual(accepted, []);
});

test('the vectors hold both answers', () => {
  assert.ok(vectors.filter(({ valid }) => valid).length >= 11);
  assert.ok(vectors.filter(({ valid }) => !valid).length >= 100);
});
