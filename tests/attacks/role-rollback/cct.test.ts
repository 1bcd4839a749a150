import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);

describe('CCT role-rollback', () => {
  test('refuses an older key_mgr than was accepted before', async () => {
    const repository = new CctRepository(NOW);
    const older = await repository.keyMgrFile();
    repository.keyMgr.version = 2;
    const newer = await repository.keyMgrFile();
    const chain = TrustedCctChain.fromRoot(await repository.rootFile(), env);
    chain.finishRoots();
    const version = () => chain.keyMgr?.version;
    chain.setKeyMgr(newer);
    chain.setKeyMgr(newer);
    assert.throws(() => chain.setKeyMgr(older), { code: 'rollback' });
    assert.equal(version(), 2);
  });

  test('refuses an older key_mgr that expires later than the newer one', async () => {
    const repository = new CctRepository(NOW);
    const older = await repository.keyMgrFile();
    Object.assign(repository.keyMgr, { version: 2, expires: NOW - 1000 });
    const newer = await repository.keyMgrFile();
    const chain = TrustedCctChain.fromRoot(await repository.rootFile(), env);
    chain.finishRoots();
    assert.throws(() => chain.setKeyMgr(newer), { code: 'expired' });
    assert.throws(() => chain.setKeyMgr(older), { code: 'rollback' });
    assert.equal(chain.keyMgr, undefined);
  });

  test('accepts an older key_mgr where none was known', async () => {
    const chain = await new CctRepository(NOW).chain(env);
    assert.equal(chain.keyMgr?.version, 1);
  });

  test('refuses an older root', async () => {
    const repository = new CctRepository(NOW);
    const first = await repository.rootFile();
    repository.root.version = 2;
    const chain = TrustedCctChain.fromRoot(await repository.rootFile(), env);
    assert.throws(() => chain.updateRoot(first), { code: 'rollback' });
    assert.equal(chain.root.version, 2);
  });
});
