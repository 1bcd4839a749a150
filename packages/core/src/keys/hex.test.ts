import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesToHex, hexToBytes } from './hex.ts';

test('bytes and hex become each other, hex of either case', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(bytesToHex(bytes), Buffer.from(bytes).toString('hex'));
  assert.deepEqual(hexToBytes(bytesToHex(bytes)), bytes);
  assert.deepEqual(hexToBytes('aBcD'), hexToBytes('abcd'));
  assert.deepEqual(hexToBytes(''), new Uint8Array());
});

test('what is no hex is malformed', () => {
  for (const text of ['a', 'zz', '0x', ' a', 'ab\n', 'a\n', '+1', 'é0']) {
    assert.throws(() => hexToBytes(text), { code: 'malformed' }, JSON.stringify(text));
  }
});
