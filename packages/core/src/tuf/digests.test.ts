import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { object } from '../json/build.ts';
import type { JsonValue } from '../json/value.ts';
import { checkDigest, DigestCheck, type FileDigest, parseHashes } from './digests.ts';

const BYTES = new TextEncoder().encode('content');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const SHA512 = createHash('sha512').update(BYTES).digest('hex');

const hashes = (members: Record<string, JsonValue>) => parseHashes(object(members), 'x.json: `hashes`');
const check = (expected: FileDigest, bytes = BYTES) => checkDigest('noarch/x', expected, bytes, nodeCrypto);

test('hashes are kept in their order, those of unknown algorithms left out', () => {
  const kept = hashes({ md5: 'no hex', sha512: SHA512, sha256: SHA256 });
  assert.deepEqual(
    [...kept],
    [
      ['sha512', SHA512],
      ['sha256', SHA256],
    ],
  );
  assert.equal(hashes({ md5: '00' }).size, 0);
});

test('a hash is lower-case hex of the length of its algorithm, and nothing else', () => {
  const wrong = [
    SHA256.slice(1),
    `${SHA256}0`,
    SHA256.toUpperCase(),
    `${SHA256.slice(1)}g`,
    `g${SHA256.slice(1)}`,
    `${SHA256.slice(1)}\n`,
    SHA512,
    '',
  ];
  for (const sha256 of wrong) assert.throws(() => hashes({ sha256 }), { code: 'malformed' }, JSON.stringify(sha256));
  assert.throws(() => hashes({ sha512: SHA256 }), { code: 'malformed' });
  assert.throws(() => hashes({ sha256: null }), { code: 'malformed' });
  assert.throws(() => hashes({}), { code: 'malformed' });
});

test('a file whose length nobody stated may have any, and so may its hashes be left out', () => {
  check({});
  check({ hashes: hashes({ sha256: SHA256 }) });
  check({ length: BYTES.length });
  assert.throws(() => check({ hashes: hashes({ sha512: SHA512 }) }, new Uint8Array(7)), { code: 'hash-mismatch' });
});

test('each refusal says what is wrong with which file, and what to do', () => {
  const refusals: [FileDigest, string, RegExp][] = [
    [{ length: 6 }, 'length-mismatch', /^noarch\/x is longer than the 6 bytes that were signed$/],
    [{ length: 8 }, 'length-mismatch', /^noarch\/x has 7 bytes, not the 8 that were signed$/],
    [{ hashes: hashes({ sha512: '0'.repeat(128) }) }, 'hash-mismatch', /^noarch\/x does not have the sha512 hash/],
    [{ hashes: new Map() }, 'hash-mismatch', /^noarch\/x: neither a SHA-256 nor a SHA-512 hash/],
  ];
  for (const [expected, code, message] of refusals) {
    assert.throws(() => check(expected), { code, message, hint: /\w/, details: { file: 'noarch/x' } });
  }
});

test('the first byte too many is refused before the rest arrives', () => {
  const pieces = new DigestCheck('noarch/x', { length: 2 }, nodeCrypto);
  pieces.update(Uint8Array.of(1));
  pieces.update(Uint8Array.of(2));
  pieces.finish();
  assert.throws(() => pieces.update(Uint8Array.of(3)), { code: 'length-mismatch' });
});
