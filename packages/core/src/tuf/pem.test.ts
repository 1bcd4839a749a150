import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { spkiToPem } from './pem.ts';

test('a key is written as the PEM that OpenSSL writes', () => {
  const keys = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ed25519'),
  ];
  for (const { publicKey } of keys) {
    const der = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    assert.equal(spkiToPem(der), publicKey.export({ format: 'pem', type: 'spki' }));
  }
});

test('a PEM ends in as many equals signs as bytes are missing to a multiple of three', () => {
  for (const length of [0, 1, 2, 3, 4, 47, 48, 49]) {
    const der = Uint8Array.from({ length }, (_, index) => 255 - index);
    const body = spkiToPem(der).split('\n').slice(1, -2).join('');
    assert.equal(body, Buffer.from(der).toString('base64'));
  }
});
