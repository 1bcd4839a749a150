import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);

describe('CCT root-skip', () => {
  test('takes roots one by one and refuses to leave one out', async () => {
    const repository = new CctRepository(NOW);
    const chain = TrustedCctChain.fromRoot(await repository.rootFile(), cctTestEnv(NOW));
    repository.root.version = 2;
    const second = await repository.rootFile();
    for (const version of [3, 4, Number.MAX_SAFE_INTEGER]) {
      repository.root.version = version;
      const later = await repository.rootFile();
      assert.throws(() => chain.updateRoot(later), { code: 'version-mismatch' });
      assert.equal(chain.root.version, 1);
    }
    chain.updateRoot(second);
    repository.root.version = 3;
    chain.updateRoot(await repository.rootFile());
    assert.equal(chain.root.version, 3);
  });
});
