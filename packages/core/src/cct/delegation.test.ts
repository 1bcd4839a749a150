import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, cctTestEnv, signedRecord } from '@antivenom/testkit';
import { readJson } from '../json/read.ts';
import type { JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { type CctDelegation, parseDelegation } from './delegation.ts';
import { checkCctRecord } from './record.ts';

const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const NOW = Date.parse('2026-01-01T00:00:00Z');

function parse(delegation: unknown): CctDelegation {
  const bytes = new TextEncoder().encode(JSON.stringify(delegation));
  return parseDelegation(readJson(bytes, { maxBytes: 100_000, maxDepth: 9 }), 'key_mgr.json: `delegations.pkg_mgr`');
}

test('takes one key in several spellings for one key', () => {
  const { keys } = parse({ pubkeys: [KEY, KEY.toUpperCase(), KEY], threshold: 2 });
  assert.deepEqual([...keys.keys()], [KEY]);
});

test('a threshold of two is not met by one key that is delegated in two spellings and signs in both', async () => {
  const signer = new CctRepository(NOW).pkgMgr.signers[0]!;
  const key = bytesToHex(signer.publicKey.bytes);
  const question = await signedRecord([signer]);
  const entry = (question.signatures as Map<string, JsonValue>).get(key)!;
  const signatures = new Map([
    [key, entry],
    [key.toUpperCase(), entry],
  ]);
  const delegation = parse({ pubkeys: [key, key.toUpperCase()], threshold: 2 });
  const verdict = checkCctRecord({ ...question, signatures }, delegation, nodeCrypto);
  assert.ok(verdict.status === 'refused' && verdict.code === 'threshold-not-met');
  const single = { ...delegation, threshold: 1 };
  assert.deepEqual(checkCctRecord({ ...question, signatures }, single, nodeCrypto), {
    status: 'signed',
    keys: [key],
    ignored: [],
  });
});

test('one good and one malformed entry of a key, in two spellings, are one good key', async () => {
  const signer = new CctRepository(NOW).pkgMgr.signers[0]!;
  const key = bytesToHex(signer.publicKey.bytes);
  const question = await signedRecord([signer]);
  const signatures = new Map([...(question.signatures as Map<string, JsonValue>), [key.toUpperCase(), 'no entry']]);
  assert.equal(
    checkCctRecord({ ...question, signatures }, parse({ pubkeys: [key], threshold: 1 }), nodeCrypto).status,
    'signed',
  );
});

test('refuses keys and thresholds that are none', () => {
  for (const pubkeys of [
    [KEY.slice(1)],
    [`${KEY}0`],
    [KEY.replace('d', 'g')],
    [`${KEY}\n`],
    [`0x${KEY.slice(2)}`],
    [1],
    [null],
    [[KEY]],
    KEY,
    { [KEY]: true },
    null,
  ]) {
    assert.throws(() => parse({ pubkeys, threshold: 1 }), { code: 'malformed' }, JSON.stringify(pubkeys));
  }
  for (const threshold of [0, -1, 1.5, '1', null, true, 2 ** 53]) {
    assert.throws(() => parse({ pubkeys: [KEY], threshold }), { code: 'malformed' }, String(threshold));
  }
});

test('no shape of a record’s signatures makes the check throw, and none of them counts', async () => {
  const chain = await new CctRepository(NOW).chain(cctTestEnv(NOW));
  const { signers } = new CctRepository(NOW).pkgMgr;
  const key = bytesToHex(signers[0]!.publicKey.bytes);
  const question = await signedRecord([]);
  const of = (value: unknown): JsonValue => {
    return readJson(new TextEncoder().encode(JSON.stringify(value)), { maxBytes: 100_000, maxDepth: 9 });
  };
  for (const value of [null, 1, 'a', true, [], [key], [[key, { signature: '00' }]], {}]) {
    assert.equal(chain.checkRecord({ ...question, signatures: of(value) }).status, 'unsigned', JSON.stringify(value));
  }
  for (const entry of [null, 1, 'a', [], {}, { signature: 1 }, { signature: '0' }, { other_headers: '00' }]) {
    const verdict = chain.checkRecord({ ...question, signatures: of({ [key]: entry }) });
    assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature', JSON.stringify(entry));
  }
});
