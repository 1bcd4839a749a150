import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JsonNumber, type JsonObject, type JsonValue } from '@antivenom/core';
import { CctRepository, cctTestEnv, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const repository = new CctRepository(NOW);

const CHANGES: readonly [string, (record: JsonObject) => void][] = [
  ['a dependency more', (record) => (record.get('depends') as JsonValue[]).push('evil')],
  ['a dependency less', (record) => (record.get('depends') as JsonValue[]).pop()],
  ['dependencies in another order', (record) => (record.get('depends') as JsonValue[]).reverse()],
  ['another sha256', (record) => record.set('sha256', 'cd'.repeat(32))],
  ['another size', (record) => record.set('size', JsonNumber.ofInteger(12_346))],
  ['a size of another type', (record) => record.set('size', new JsonNumber('12345.0'))],
  ['a member more', (record) => record.set('track_features', 'evil')],
  ['a member less', (record) => record.delete('build_number')],
  ['a member renamed', (record) => record.set('Sha256', record.get('sha256') ?? '').delete('sha256')],
];

describe('record-tampered', () => {
  test('the record as it was signed is accepted', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const { publicKey } = repository.pkgMgr.signers[0]!;
    const verdict = chain.checkRecord(await signedRecord(repository.pkgMgr.signers));
    assert.deepEqual(verdict, { status: 'signed', keys: [publicKey.material.slice('ed25519:'.length)], ignored: [] });
  });

  test('members in another order are the same record', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    const reversed = { ...question, record: new Map([...question.record].reverse()) };
    assert.equal(chain.checkRecord(reversed).status, 'signed');
  });

  for (const [what, change] of CHANGES) {
    test(`refuses a record with ${what}`, async () => {
      const chain = await repository.chain(cctTestEnv(NOW));
      const question = await signedRecord(repository.pkgMgr.signers);
      change(question.record);
      const verdict = chain.checkRecord(question);
      assert.ok(verdict.status === 'refused');
      assert.equal(verdict.code, 'bad-signature');
      assert.match(verdict.message, /linux-64\/zlib-1\.3-h1_0\.conda/);
    });
  }
});
