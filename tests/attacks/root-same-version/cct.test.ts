import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);

describe('CCT root-same-version', () => {
  test('refuses the same root again, and another root of the same version', async () => {
    const repository = new CctRepository(NOW);
    const first = await repository.rootFile();
    const chain = TrustedCctChain.fromRoot(first, cctTestEnv(NOW));
    assert.throws(() => chain.updateRoot(first), { code: 'version-mismatch' });
    repository.root.expires += 1000;
    const other = await repository.rootFile();
    assert.throws(() => chain.updateRoot(other), { code: 'version-mismatch' });
    assert.notEqual(chain.root.expires, repository.root.expires);
    repository.root.version = 2;
    chain.updateRoot(await repository.rootFile());
    assert.equal(chain.root.expires, repository.root.expires);
  });
});
