import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);

describe('CCT role-garbage', () => {
  test('refuses what is no metadata, at every step, and goes on with what is', async () => {
    const repository = new CctRepository(NOW);
    const root = await repository.rootFile();
    const keyMgr = await repository.keyMgrFile();
    repository.root.version = 2;
    const next = await repository.rootFile();
    const garbage: Uint8Array[] = [
      ...['<!DOCTYPE html><html><body>404</body></html>', '', '{}', '[]', 'null', '{"signed":{}}'],
      ...['{"signed":{},"signatures":[]}', '{"signed":[],"signatures":{}}', '{"signed":{},"signatures":{}}'],
    ].map((text) => new TextEncoder().encode(text));
    garbage.push(
      keyMgr.subarray(0, -1),
      new Uint8Array([...keyMgr, ...keyMgr]),
      new Uint8Array([0xef, 0xbb, 0xbf, ...root]),
    );

    for (const file of [...garbage, keyMgr]) {
      assert.throws(() => TrustedCctChain.fromRoot(file, env), { code: 'malformed' });
    }
    const chain = TrustedCctChain.fromRoot(root, env);
    for (const file of [...garbage, keyMgr]) assert.throws(() => chain.updateRoot(file), { code: 'malformed' });
    assert.equal(chain.root.version, 1);
    chain.updateRoot(next);
    chain.finishRoots();
    const version = () => chain.keyMgr?.version;
    for (const file of [...garbage, root]) assert.throws(() => chain.setKeyMgr(file), { code: 'malformed' });
    assert.equal(version(), undefined);
    chain.setKeyMgr(keyMgr);
    assert.equal(version(), 1);
  });

  test('refuses fields that are not of their format, however well signed', async () => {
    const text = new TextDecoder().decode(await new CctRepository(NOW).rootFile());
    const wrong: [string, string][] = [
      ['"type": "root"', '"type": "key_mgr"'],
      ['"type": "root"', '"_type": "root"'],
      ['"0.6.0"', '"0.5.0"'],
      ['"0.6.0"', '"0.60"'],
      ['"0.6.0"', '0.6'],
      ['"2026-01-13T00:00:00Z"', '"2026-02-30T00:00:00Z"'],
      ['"2026-01-13T00:00:00Z"', '"2026-01-13T00:00:00+00:00"'],
      ['"key_mgr": {', '"key_mgr.json": {'],
      ['"version": 1', '"Version": 1'],
    ];
    assert.equal(TrustedCctChain.fromRoot(new TextEncoder().encode(text), env).root.version, 1);
    for (const [right, changed] of wrong) {
      assert.ok(text.includes(right), right);
      const file = new TextEncoder().encode(text.replace(right, changed));
      assert.throws(() => TrustedCctChain.fromRoot(file, env), { code: 'malformed' }, changed);
    }
  });
});
