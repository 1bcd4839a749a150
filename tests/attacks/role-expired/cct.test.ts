import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);

describe('CCT role-expired', () => {
  test('accepts roles until the second before their expiry, and refuses them from it on', async () => {
    for (const role of ['root', 'keyMgr'] as const) {
      const repository = new CctRepository(NOW);
      repository[role].expires = NOW + 1000;
      assert.equal((await repository.chain(env)).keyMgr?.version, 1);
      await assert.rejects(repository.chain(cctTestEnv(NOW + 1000)), { code: 'expired' }, role);
    }
  });

  test('passes through an expired root on the way to one that is not, and ends at none that is', async () => {
    const repository = new CctRepository(NOW);
    repository.root.expires = NOW - 1000;
    const chain = TrustedCctChain.fromRoot(await repository.rootFile(), env);
    assert.throws(() => chain.finishRoots(), { code: 'expired' });
    const keyMgr = await repository.keyMgrFile();
    assert.throws(() => chain.setKeyMgr(keyMgr), { code: 'usage' });
    Object.assign(repository.root, { version: 2, expires: NOW + 1000 });
    chain.updateRoot(await repository.rootFile());
    chain.finishRoots();
    chain.setKeyMgr(keyMgr);
    assert.equal(chain.keyMgr?.version, 1);
  });

  test('takes an issue time in the future for no reason to refuse', async () => {
    const repository = new CctRepository(NOW);
    repository.root.issued = NOW + 5000;
    repository.keyMgr.issued = NOW + 5000;
    assert.equal((await repository.chain(env)).keyMgr?.issued, NOW + 5000);
  });
});
