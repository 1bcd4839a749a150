import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { bytesToHex, hexToBytes } from './hex.ts';
import { openpgpDigest, openpgpHeaders } from './openpgp.ts';

const CREATED = Date.UTC(2020, 10, 11, 20, 58, 36);

test('headers name the creation time, and the key where it has a fingerprint', () => {
  assert.equal(bytesToHex(openpgpHeaders({ createdAt: CREATED })), '040016080006' + '0502' + '5fac507c');
  const keyFingerprint = 'd8b04ec5c9f1bbbfa9b0e9a7e1d7e4d3a1b2c3d4';
  assert.equal(
    bytesToHex(openpgpHeaders({ createdAt: CREATED + 999, keyFingerprint })),
    `04001608001d162104${keyFingerprint}05025fac507c`,
  );
});

test('headers refuse a time that four bytes do not hold, and what is no fingerprint', () => {
  for (const createdAt of [-1000, 2 ** 32 * 1000, Number.NaN]) {
    assert.throws(() => openpgpHeaders({ createdAt }), { code: 'usage' });
  }
  for (const keyFingerprint of ['', 'ab', 'z'.repeat(40)]) {
    assert.throws(() => openpgpHeaders({ createdAt: CREATED, keyFingerprint }), { code: 'usage' });
  }
});

test('the digest is over the document, the headers and the length of the headers', () => {
  const document = new TextEncoder().encode('{}');
  const headers = openpgpHeaders({ createdAt: CREATED });
  const expected = createHash('sha256').update(document).update(headers).update(hexToBytes('04ff0000000c')).digest();
  assert.equal(bytesToHex(openpgpDigest(document, headers, nodeCrypto)), expected.toString('hex'));
});
