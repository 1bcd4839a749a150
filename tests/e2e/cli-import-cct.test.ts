/** A channel that was signed with conda-content-trust becomes ours, and conda notices nothing. */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAntivenom } from '@antivenom/testkit';
import {
  assertConsumers,
  cctChannel,
  DAY,
  filesOf,
  importing,
  NOW,
  place,
  raw,
  run,
  writeChain,
  writeKeys,
} from './cct-channel.ts';

test('the chain stays byte for byte, signatures are kept, and sign and renew go on with the old keys', async () => {
  const folder = await cctChannel('whole');
  const chain = await filesOf(join(folder, 'cct'));
  const { status, document, stderr } = await importing(folder, ...raw());
  assert.deepEqual([status, stderr], [0, ''], JSON.stringify(document));
  assert.deepEqual(document.signatures, { kept: 4, new: 0 });
  assert.deepEqual(document.adopted.root, { keys: 2, threshold: 2 });
  assert.match(document.rootFingerprint, /^[0-9a-f]{64}$/);
  const versions = document.roles.map(({ name, version }: { name: string; version: number }) => `${name} ${version}`);
  assert.deepEqual(
    versions.filter((role: string) => role.startsWith('cct/')),
    ['cct/root 2', 'cct/key_mgr 4'],
  );
  assert.ok(document.files.some((file: string) => file.startsWith('tuf/targets/cct/')));
  assert.deepEqual(await filesOf(join(folder, 'cct')), chain);

  const signed = await run(folder, 'sign', folder);
  assert.deepEqual([signed.status, signed.document.records.reused, signed.document.records.signed], [0, 4, 0]);
  const renewed = await run(folder, 'renew', folder);
  assert.equal(renewed.status, 0, renewed.stdout);
  assert.ok(['cct/root', 'cct/key_mgr'].every((role) => renewed.document.renewed.includes(role)));
  const after = await filesOf(join(folder, 'cct'));
  assert.deepEqual([...after.keys()], ['1.root.json', '2.root.json', '3.root.json', 'key_mgr.json']);
  for (const name of ['1.root.json', '2.root.json']) assert.deepEqual(after.get(name), chain.get(name));
  await assertConsumers(folder, document.rootFingerprint, 4);
});

test('records that are new or changed are counted, and those whose signature is another record’s are named', async () => {
  const folder = await cctChannel('changed');
  const path = join(folder, 'linux-64/repodata.json');
  const index = JSON.parse(await readFile(path, 'utf8'));
  index['packages.conda']['alpha-1.0-h1_0.conda'].license = 'changed after it was signed';
  delete index.signatures['beta-2.0-h2_0.conda'];
  await writeFile(path, JSON.stringify(index));
  const { document, stderr } = await importing(folder, ...raw());
  assert.deepEqual(document.signatures, { kept: 2, new: 2 });
  assert.deepEqual(document.badSignatures, ['linux-64/alpha-1.0-h1_0.conda']);
  assert.match(stderr, /1 record carried a signature that is not over the record/);
  const { records } = (await run(folder, 'sign', folder)).document;
  assert.deepEqual([records.reused, records.signed], [2, 2]);
});

test('the chain may stand elsewhere, and mamba can be served from now on', async () => {
  const folder = await cctChannel('elsewhere');
  await cp(join(folder, 'cct'), join(place, 'chain'), { recursive: true });
  await rm(join(folder, 'cct'), { recursive: true });
  const argv = [...raw(), '--chain', join(place, 'chain'), '--for', 'conda,mamba'];
  const { status, document } = await importing(folder, ...argv);
  assert.equal(status, 0, JSON.stringify(document));
  assert.deepEqual(await filesOf(join(folder, 'cct')), await filesOf(join(place, 'chain')));
  assert.ok(document.roles.some(({ name }: { name: string }) => name === 'mamba/root'));
  assert.equal((await run(folder, 'sign', folder)).status, 0);
});

test('a chain from elsewhere takes the place of none but the one that it goes on from', async () => {
  const folder = await cctChannel('taken');
  const stands = await filesOf(join(folder, 'cct'));
  await writeChain(join(place, 'another'), { expires: NOW + 50 * DAY });
  await writeChain(join(place, 'shorter'), { root: 1 });
  for (const [dir, code] of [
    ['another', 'version-mismatch'],
    ['shorter', 'rollback'],
  ] as const) {
    const refused = await importing(folder, ...raw(), '--chain', join(place, dir));
    assert.deepEqual([refused.status, refused.document.code], [1, code], refused.stdout);
    assert.deepEqual(await filesOf(join(folder, 'cct')), stands);
  }
  await writeChain(join(place, 'longer'), { root: 3, keyMgr: 5 });
  const adopted = await importing(folder, ...raw(), '--chain', join(place, 'longer'));
  assert.equal(adopted.status, 0, adopted.stdout);
  assert.deepEqual(await filesOf(join(folder, 'cct')), await filesOf(join(place, 'longer')));
});

test('a chain at the channel’s base is adopted into cct/, where conda’s users are told to look for it', async () => {
  const folder = await cctChannel('base');
  for (const name of await readdir(join(folder, 'cct'))) await rename(join(folder, 'cct', name), join(folder, name));
  const forMamba = await importing(folder, ...raw(), '--for', 'conda,mamba');
  assert.deepEqual([forMamba.status, forMamba.document.code], [2, 'already-initialised']);
  assert.match(forMamba.document.hint, /move it to cct\//);
  const trusting = ['trust', 'add', folder, '--root', join(folder, '1.root.json'), '--home', `${folder}-consumer`];
  assert.match((await runAntivenom(trusting, { cwd: place })).stdout, /--metadata, for example file:.*\/good\/cct\n/);
  const argv = ['--keys', `${folder}-keys`, '--passphrase-file', join(place, 'passphrase')];
  await mkdir(join(place, 'raw/folder.pri'));
  const { stdout } = await runAntivenom(['import', 'cct', folder, ...raw(), ...argv], { cwd: place });
  assert.match(stdout, /signing_metadata_url_base https:\/\/YOUR-SERVER\/good\/cct\n/);
});

test('a chain that is no good, and keys of others, are refused, and nothing is written', async () => {
  const folder = await cctChannel('refused');
  await writeKeys(join(place, 'strange'), ['stranger', 'root-1', 'root-2', 'key_mgr']);
  const expired = await cctChannel('expired', { expires: NOW - 1000 });
  const broken = await cctChannel('broken');
  const keyMgr = join(broken, 'cct/key_mgr.json');
  await writeFile(keyMgr, (await readFile(keyMgr, 'utf8')).replace('"threshold": 1', '"threshold": 2'));
  const gap = await cctChannel('gap');
  await rm(join(gap, 'cct/1.root.json'));
  await writeFile(join(place, 'no-key'), 'no key');
  const stranger = join(place, 'strange/stranger.pri');
  const cases: [folder: string, argv: string[], status: number, code: string][] = [
    [expired, raw(), 1, 'expired'],
    [broken, raw(), 1, 'bad-signature'],
    [gap, raw(), 1, 'missing'],
    [folder, [], 2, 'key-missing'],
    [folder, ['--raw-keys', join(place, 'strange')], 2, 'key-missing'],
    [folder, ['--pkg-mgr-key', stranger], 2, 'usage'],
    [folder, ['--root-key', join(place, 'raw/pkg_mgr.pri')], 2, 'usage'],
    [folder, ['--pkg-mgr-key', join(place, 'no-key')], 2, 'usage'],
    [folder, [...raw(), '--for', 'mamba'], 2, 'usage'],
  ];
  for (const [channel, argv, status, code] of cases) {
    const before = await readdir(channel);
    const refused = await importing(channel, ...argv);
    assert.deepEqual([refused.status, refused.document.code], [status, code], refused.stdout);
    assert.deepEqual(await readdir(channel), before);
    await assert.rejects(readdir(`${channel}-keys`), { code: 'ENOENT' });
  }
  assert.equal((await importing(folder, ...raw())).status, 0);
  const again = await importing(folder, ...raw());
  assert.deepEqual([again.status, again.document.code], [2, 'already-initialised']);
});
