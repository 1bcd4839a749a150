import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber, type JsonValue } from '../json/value.ts';
import { checkRecordHashes } from './record-hashes.ts';

const SHA256 = '0f'.repeat(32);

function check(members: Record<string, JsonValue>) {
  return checkRecordHashes('noarch/a-1-0.conda', new Map(Object.entries(members)));
}

test('a record is proved by its sha256, with its size where it states one', () => {
  assert.deepEqual(check({ sha256: SHA256, size: new JsonNumber('12') }), { sha256: SHA256, size: 12 });
  assert.deepEqual(check({ sha256: SHA256, md5: 'x' }), { sha256: SHA256, size: undefined });
});

test('a record without sha256 is refused by name, and with md5 alone the message says so', () => {
  assert.throws(() => check({ md5: '0f'.repeat(16) }), { code: 'unsafe-index', message: /noarch\/a-1-0\.conda.*md5/ });
  assert.throws(() => check({}), { code: 'unsafe-index', message: /noarch\/a-1-0\.conda.*no hash/ });
  assert.throws(() => check({ sha256: null }), { code: 'unsafe-index' });
});

test('what is not 64 lower-case hex digits is no sha256', () => {
  for (const sha256 of [
    '',
    SHA256.toUpperCase(),
    SHA256.slice(2),
    `${SHA256}0f`,
    `${SHA256}\n`,
    `g${SHA256.slice(1)}`,
  ]) {
    assert.throws(() => check({ sha256 }), { code: 'unsafe-index' }, sha256);
  }
  assert.throws(() => check({ sha256: [SHA256] }), { code: 'unsafe-index' });
});

test('a size must be a whole number of bytes', () => {
  for (const size of [new JsonNumber('-1'), new JsonNumber('1.5'), new JsonNumber('9007199254740993'), '12']) {
    assert.throws(() => check({ sha256: SHA256, size }), { code: 'unsafe-index' });
  }
});
