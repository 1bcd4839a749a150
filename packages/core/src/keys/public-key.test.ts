import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { bytesToHex } from './hex.ts';
import { PublicKey } from './public-key.ts';
import { verifySignature } from './verify.ts';

const MESSAGE = new TextEncoder().encode('message');
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const SIGNED: [string, KeyObject, Uint8Array][] = [
  ['ed25519', ed25519.publicKey, sign(null, MESSAGE, ed25519.privateKey)],
  ['ecdsa-p256', p256.publicKey, sign('sha256', MESSAGE, p256.privateKey)],
  ['rsa-pss', rsa.publicKey, sign('sha256', MESSAGE, { key: rsa.privateKey, ...PSS })],
];

function der(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
}

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

test('an RSA signature whose leading zero is left out is none, though OpenSSL takes it', () => {
  const key = PublicKey.fromSpki(der(rsa.publicKey));
  let signature: Uint8Array;
  do signature = sign('sha256', MESSAGE, { key: rsa.privateKey, ...PSS });
  while (signature[0] !== 0);
  assert.ok(verifySignature(key, MESSAGE, signature, nodeCrypto));
  assert.ok(nodeCrypto.verifyRsaPss(key.bytes, MESSAGE, signature.subarray(1)));
  assert.ok(!verifySignature(key, MESSAGE, signature.subarray(1), nodeCrypto));
});

describe('public keys', () => {
  for (const [type, publicKey, signature] of SIGNED) {
    test(`an ${type} key verifies its own signature, over its own message alone`, () => {
      const key = PublicKey.fromSpki(der(publicKey));
      assert.equal(key.type, type);
      assert.ok(verifySignature(key, MESSAGE, signature, nodeCrypto));
      assert.ok(!verifySignature(key, new TextEncoder().encode('massage'), signature, nodeCrypto));
      for (const wrong of [new Uint8Array(), signature.subarray(1), new Uint8Array(signature.length)]) {
        assert.ok(!verifySignature(key, MESSAGE, wrong, nodeCrypto));
      }
    });

    test(`an ${type} key is one key from DER and from PEM of any line ends`, () => {
      const { material } = PublicKey.fromSpki(der(publicKey));
      assert.equal(PublicKey.fromPem(pem(publicKey)).material, material);
      assert.equal(PublicKey.fromPem(pem(publicKey).replaceAll('\n', '\r\n')).material, material);
      assert.equal(PublicKey.fromPem(pem(publicKey).trim()).material, material);
    });

    test(`an ${type} key that is cut, longer or of another tag is malformed`, () => {
      const right = der(publicKey);
      for (let end = 0; end < right.length; end++) {
        assert.throws(() => PublicKey.fromSpki(right.subarray(0, end)), { code: 'malformed' }, `${end}`);
      }
      assert.throws(() => PublicKey.fromSpki(new Uint8Array([...right, 0])), { code: 'malformed' });
      for (let at = 0; at < 12; at++) {
        const changed = right.map((byte, index) => (index === at ? byte ^ 1 : byte));
        assert.throws(() => PublicKey.fromSpki(changed), { code: 'malformed' }, `byte ${at}`);
      }
    });
  }

  test('hex of either case is one Ed25519 key', () => {
    const hex = bytesToHex(der(ed25519.publicKey).subarray(12));
    assert.equal(PublicKey.ed25519Hex(hex.toUpperCase()).material, `ed25519:${hex}`);
    for (const wrong of ['', hex.slice(2), `${hex}00`]) {
      assert.throws(() => PublicKey.ed25519Hex(wrong), { code: 'malformed' });
    }
  });

  test('a P-256 point that is not on the curve is malformed', () => {
    const off = der(p256.publicKey);
    off[90] = (off[90] ?? 0) ^ 1;
    assert.throws(() => PublicKey.fromSpki(off), { code: 'malformed', message: /on the curve/ });
  });

  test('what is no single PEM block of a public key is malformed', () => {
    const right = pem(p256.publicKey);
    const privateKey = p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const wrong of ['', `${right}${right}`, `x${right}`, privateKey, right.replace('PUBLIC', 'RSA PUBLIC')]) {
      assert.throws(() => PublicKey.fromPem(wrong), { code: 'malformed' });
    }
  });
});

test('refuses a PEM block of a million spaces in time that does not grow with their square', {
  timeout: 20_000,
}, () => {
  for (const filling of [' '.repeat(1_000_000), `${'A '.repeat(500_000)}`]) {
    assert.throws(() => PublicKey.fromPem(`-----BEGIN PUBLIC KEY-----\n${filling}`), { code: 'malformed' });
  }
});
