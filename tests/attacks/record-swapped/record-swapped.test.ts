import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RecordQuestion, signRecord } from '@antivenom/core';
import { CctRepository, cctTestEnv, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const repository = new CctRepository(NOW);

const SWAPS: readonly [string, Partial<RecordQuestion>][] = [
  ['another name', { file: 'zstd-1.3-h1_0.conda' }],
  ['another version', { file: 'zlib-1.4-h1_0.conda' }],
  ['another build', { file: 'zlib-1.3-h2_0.conda' }],
  ['another subdir', { subdir: 'linux-aarch64' }],
  ['a prefix of its name', { file: 'lib-1.3-h1_0.conda' }],
  ['other capitals', { file: 'Zlib-1.3-h1_0.conda' }],
];

describe('record-swapped', () => {
  for (const [what, swap] of SWAPS) {
    test(`refuses a genuine record under ${what}`, async () => {
      const chain = await repository.chain(cctTestEnv(NOW));
      const question = await signedRecord(repository.pkgMgr.signers);
      assert.equal(chain.checkRecord(question).status, 'signed');
      const verdict = chain.checkRecord({ ...question, ...swap });
      assert.ok(verdict.status === 'refused' && verdict.code === 'name-mismatch');
    });
  }

  test('refuses a genuine record under a name with path parts', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    const verdict = chain.checkRecord({ ...question, file: '../noarch/zlib-1.3-h1_0.conda' });
    assert.ok(verdict.status === 'refused' && verdict.code === 'unsafe-name');
  });

  test('refuses a signed record that says no subdir: it would pass in every one', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord([]);
    question.record.delete('subdir');
    const [signer] = repository.pkgMgr.signers;
    const key = signer!.publicKey.material.slice('ed25519:'.length);
    const signatures = new Map([[key, new Map([['signature', await signRecord(question.record, signer!)]])]]);
    const verdict = chain.checkRecord({ ...question, signatures });
    assert.ok(verdict.status === 'refused' && verdict.code === 'name-mismatch');
    assert.equal(chain.checkRecord({ ...question, signatures, checkNames: false }).status, 'signed');
  });
});
