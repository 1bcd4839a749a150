import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RecordQuestion } from '@antivenom/core';
import { CctRepository, cctTestEnv, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const repository = new CctRepository(NOW);

describe('CCT record-in-other-map', () => {
  test('accepts a signed record in the map of its format', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    assert.equal(chain.checkRecord(question).status, 'signed');
    const other = { file: 'zlib-1.3-h1_0.tar.bz2', map: 'packages' } as const;
    assert.equal(chain.checkRecord({ ...question, ...other }).status, 'signed');
  });

  test('refuses a signed record that was moved into the map of another format', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    const moves: Partial<RecordQuestion>[] = [
      { map: 'packages' },
      { file: 'zlib-1.3-h1_0.tar.bz2' },
      { map: 'v3.conda' },
      { map: 'v3.whl' },
    ];
    for (const move of moves) {
      const verdict = chain.checkRecord({ ...question, ...move });
      assert.ok(verdict.status === 'refused' && verdict.code === 'name-mismatch', JSON.stringify(move));
    }
  });

  test('counts no signature on a record of a v3 map, where nobody signs any', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    const verdict = chain.checkRecord({ ...question, file: 'zlib-1.3-h1_0', map: 'v3.conda' });
    assert.deepEqual(verdict, { status: 'unsigned', ignored: [] });
  });
});
