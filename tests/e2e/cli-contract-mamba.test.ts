/** What the owner of a channel that is signed for mamba is told. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { accepted, DAY, type Document, place, refused, unsigned } from './contract.ts';

test('a channel for conda and mamba has a chain for each, and counts what mamba cannot be foretold of', async () => {
  const { folder, home, owner, consumer } = await unsigned();
  const { roles, rootFingerprint } = await accepted(['init', folder, '--for', 'mamba, conda', ...owner]);
  const names = roles.map(({ name }: Document) => name);
  assert.deepEqual(names.slice(6), ['cct/root', 'cct/key_mgr', 'mamba/root', 'mamba/key_mgr', 'mamba/pkg_mgr']);
  const keys = join(home, 'keys', basename(folder));
  for (const name of ['mamba_root-1.json', 'mamba_key_mgr-1.json']) assert.ok(existsSync(join(keys, 'offline', name)));
  assert.ok(existsSync(join(keys, 'online/mamba_pkg_mgr-1.json')));

  const { records } = await accepted(['sign', folder, ...owner]);
  assert.deepEqual([records.signed, records.unforeseeable], [records.total, {}]);
  const { signatures } = JSON.parse(readFileSync(join(folder, 'noarch/repodata.json'), 'utf8'));
  for (const entries of Object.values<Document>(signatures)) assert.equal(Object.keys(entries).length, 2);
  for (const name of ['1.root.json', 'key_mgr.json', 'pkg_mgr.json', 'cct/1.root.json', 'cct/key_mgr.json']) {
    assert.ok(existsSync(join(folder, name)), name);
  }
  const indexPath = join(folder, 'noarch/repodata.json');
  const index = JSON.parse(readFileSync(indexPath, 'utf8'));
  const [odd] = Object.values<Document>(index['packages.conda']);
  odd.license = null;
  writeFileSync(indexPath, JSON.stringify(index));
  const again = await accepted(['sign', folder, '--rebuild', ...owner]);
  assert.deepEqual([again.records.signed, again.records.unforeseeable], [1, { 'unexpected-type': 1 }]);
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...consumer]);
  const told = await accepted(['verify', 'channel', folder, ...consumer]);
  assert.equal(told.records.signed, told.records.total);

  assert.equal((await accepted(['refresh', folder, ...owner], { clock: 4 * DAY })).published, true);
  const renewed = await accepted(['renew', folder, ...owner], { clock: 5 * DAY });
  assert.deepEqual(renewed.renewed.slice(-2), ['mamba/root', 'mamba/key_mgr']);
  await accepted(['verify', 'channel', folder, ...consumer], { clock: 5 * DAY });
});

test('a channel for mamba alone passes by its index, and has no record evidence', async () => {
  const { folder, owner, consumer } = await unsigned();
  const { rootFingerprint } = await accepted(['init', folder, '--for', 'mamba', ...owner]);
  const { records } = await accepted(['sign', folder, ...owner]);
  assert.equal(records.signed, records.total);
  assert.ok(!existsSync(join(folder, 'cct')));
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...consumer]);
  const told = await accepted(['verify', 'channel', folder, ...consumer]);
  assert.deepEqual([told.records.signed, told.ignored], [0, []]);
  const policy = join(place, 'records.yaml');
  writeFileSync(
    policy,
    `channels:\n  - name: it\n    url: file://${encodeURI(folder)}\n    require: [index, record]\n`,
  );
  await refused(1, 'policy-refused', ['verify', 'channel', folder, '--policy', policy, ...consumer]);
});
