/** Wrong use ends with 2 and changes nothing, and nothing is written where nobody named it. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderContents, writeChannel } from '@antivenom/testkit';
import { accepted, place, refused, run, signed, unsigned, wrong } from './contract.ts';

test('what is wrong use ends with 2 and changes nothing', async () => {
  const { folder, home, owner } = await unsigned();
  const before = await folderContents(folder);
  await refused(2, 'not-initialised', ['sign', folder, ...owner]);
  for (const command of ['refresh', 'renew', 'status']) {
    const { status } = await run([command, folder, ...(command === 'status' ? ['--home', home] : owner)]);
    assert.equal(status, 2, command);
  }
  for (const nothing of [join(place, 'nowhere'), '']) await refused(2, 'usage', ['init', nothing, ...owner]);
  await refused(2, 'usage', ['init', folder, '--for', 'pixi', ...owner]);
  await refused(2, 'usage', ['init', folder, '--expiry', 'timestamp=0', ...owner]);
  await refused(2, 'usage', ['init', folder, '--threshold', 'root=4/3', ...owner]);
  await refused(2, 'usage', ['init', folder, '--passphrase-file', join(place, 'nowhere'), '--home', home]);
  const lock = join('.antivenom', 'lock');
  assert.deepEqual(
    [...(await folderContents(folder))].filter(([file]) => file !== lock),
    [...before],
  );
  assert.deepEqual(await folderContents(home), new Map());

  await accepted(['init', folder, ...owner]);
  const made = await folderContents(folder);
  await refused(2, 'wrong-passphrase', ['sign', folder, '--home', home, '--passphrase-file', wrong]);
  await refused(2, 'wrong-passphrase', ['renew', folder, '--home', home, '--passphrase-file', wrong]);
  await refused(2, 'key-missing', ['sign', folder, '--keys', join(place, 'nowhere'), ...owner]);
  assert.deepEqual(await folderContents(folder), made);
});

test('without a terminal and without a passphrase every command that signs ends with 2 and does not wait', async () => {
  const { folder, home } = await unsigned();
  await refused(2, 'usage', ['init', folder, '--home', home, '--yes']);
  const ready = await signed();
  for (const command of ['sign', 'renew']) {
    await writeChannel(ready.folder, { seed: 'other', subdirs: ['noarch'], packages: 3 });
    await refused(2, 'usage', [command, ready.folder, '--home', ready.home]);
  }
});

test('unknown commands and flags, and those of later versions, end with 2', async () => {
  for (const argv of [
    ['frobnicate'],
    ['sing', 'c'],
    ['verify'],
    ['verify', 'chanel', 'c'],
    ['trust'],
    ['trust', 'ad', 'c'],
  ]) {
    await refused(2, 'usage', argv);
  }
  for (const later of [
    'yank',
    'unyank',
    'delegate',
    'export',
    'import',
    'vouch',
    'doctor',
    'gateway',
    'attest',
    'sbom',
  ]) {
    await refused(2, 'usage', [later, 'c']);
  }
  await refused(2, 'usage', ['verify', 'channel', 'c', '--at', 'yesterday']);
  await refused(2, 'usage', ['verify', 'channel', 'c', '--frobnicate']);
  await refused(2, 'usage', ['verify', 'channel', '']);
  await refused(2, 'usage', ['verify', 'channel', 'ftp://channel.example/good']);
});

test('nothing is written but into the home and the paths named', async () => {
  const { folder, home, owner, consumer } = await unsigned();
  const [user, cwd, temporary] = ['user', 'cwd', 'tmp'].map((name) => join(place, name)) as [string, string, string];
  for (const path of [user, cwd, temporary]) mkdirSync(path);
  const setting = {
    cwd,
    env: { HOME: user, TMPDIR: temporary, XDG_CACHE_HOME: join(user, 'cache'), XDG_DATA_HOME: join(user, 'data') },
  };
  const { rootFingerprint } = await accepted(['init', folder, ...owner], setting);
  await accepted(['sign', folder, ...owner], setting);
  const published = join(place, 'copy');
  cpSync(folder, published, { recursive: true });
  const before = await folderContents(published);
  await accepted(['trust', 'add', published, '--fingerprint', rootFingerprint, ...consumer], setting);
  await accepted(['verify', 'channel', published, ...consumer], setting);
  const [name = ''] = readdirSync(join(published, 'noarch')).filter((file) => file.endsWith('.conda'));
  await accepted(['verify', 'package', join(published, 'noarch', name), '--channel', published, ...consumer], setting);
  await accepted(['status', published, ...consumer], setting);
  assert.deepEqual(await folderContents(published), before, 'a consumer writes into no channel');
  for (const path of [user, cwd, temporary]) assert.deepEqual(readdirSync(path, { recursive: true }), [], path);
  assert.ok(existsSync(home));
});
