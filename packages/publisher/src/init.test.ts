import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { matchesPathPattern } from '@antivenom/core';
import { NO_PROGRESS, sha256Hex } from '@antivenom/node';
import { readAsMamba } from '@antivenom/testkit';

import { initChannel } from './init.ts';
import type { InitOptions, PublisherEnv } from './operations.ts';

const LISTS = ['antivenom/unyanked.json', 'antivenom/yanked-base.json'];
const NOW = Date.UTC(2026, 0, 1);
const env: PublisherEnv = { now: NOW, randomBytes, progress: NO_PROGRESS, lockWaitMs: 1000 };

let base: string;
let options: InitOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-init-'));
  options = {
    keys: join(base, 'keys'),
    for: ['conda'],
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
    scryptCost: { n: 16, r: 1, p: 1 },
  };
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function channel(): Promise<string> {
  return mkdtemp(join(base, 'channel-'));
}

test('makes keys, roles and the chain, and names the fingerprint of the first root', async () => {
  const folder = await channel();
  const result = await initChannel(folder, options, env);
  assert.equal(result.rootFingerprint, sha256Hex(await readFile(join(folder, 'tuf', '1.root.json'))));
  assert.deepEqual(
    result.roles.map(({ name, expires, threshold, keys }) => [name, expires.slice(0, 10), threshold, keys.length]),
    [
      ['root', '2027-01-01', 2, 3],
      ['targets', '2027-01-01', 2, 3],
      ['yank', '2026-01-08', 1, 1],
      ['index', '2026-01-08', 1, 1],
      ['snapshot', '2026-01-08', 1, 1],
      ['timestamp', '2026-01-04', 1, 1],
      ['cct/root', '2027-01-01', 2, 3],
      ['cct/key_mgr', '2027-01-01', 2, 3],
    ],
  );
  assert.deepEqual((await readdir(join(base, 'keys', 'online'))).sort(), [
    'index-1.json',
    'pkg_mgr-1.json',
    'snapshot-1.json',
    'timestamp-1.json',
    'yank-1.json',
  ]);
  assert.deepEqual((await readdir(join(folder, 'cct'))).sort(), ['1.root.json', 'key_mgr.json']);
});

test('without a chain for conda there is no key and no file of it', async () => {
  const folder = await channel();
  const { roles } = await initChannel(folder, { ...options, for: [] }, env);
  assert.ok(!roles.some(({ name }) => name.startsWith('cct')));
  assert.deepEqual(await readdir(join(folder, 'cct')).catch(() => []), []);
  assert.ok(!(await readdir(join(base, 'keys', 'offline'))).some((name) => name.startsWith('key_mgr')));
});

test("for mamba it makes a chain of its own at the base, no key of which is in conda's", async () => {
  const folder = await channel();
  const { roles } = await initChannel(folder, { ...options, for: ['conda', 'mamba'] }, env);
  assert.deepEqual(
    roles.slice(6).map(({ name, expires, threshold, keys }) => [name, expires.slice(0, 10), threshold, keys.length]),
    [
      ['cct/root', '2027-01-01', 2, 3],
      ['cct/key_mgr', '2027-01-01', 2, 3],
      ['mamba/root', '2027-01-01', 2, 3],
      ['mamba/key_mgr', '2027-01-01', 2, 3],
      ['mamba/pkg_mgr', '2026-01-08', 1, 1],
    ],
  );
  const filesOf = async (half: string) => (await readdir(join(options.keys, half))).sort();
  assert.deepEqual(
    (await filesOf('offline')).filter((name) => name.startsWith('mamba')),
    ['key_mgr', 'root'].flatMap((role) => [1, 2, 3].map((number) => `mamba_${role}-${number}.json`)),
  );
  assert.ok((await filesOf('online')).includes('mamba_pkg_mgr-1.json'));

  assert.equal((await readAsMamba(folder, { now: NOW })).signed, 0);
  assert.deepEqual((await readdir(folder)).filter((name) => !name.startsWith('.')).sort(), [
    '1.root.json',
    'cct',
    'key_mgr.json',
    'pkg_mgr.json',
    'tuf',
  ]);
  const delegated = roles.filter(({ name }) => name.startsWith('mamba/')).flatMap(({ keys }) => keys);
  const publicKeys = async (isWanted: (role: string) => boolean) => {
    const paths = ['offline', 'online'].map(async (half) => (await filesOf(half)).map((name) => join(half, name)));
    const texts = (await Promise.all(paths)).flat().map((path) => readFile(join(options.keys, path), 'utf8'));
    const files = (await Promise.all(texts)).map((text) => JSON.parse(text));
    return files.filter(({ role }) => isWanted(role)).map((file) => file.public);
  };
  assert.deepEqual(delegated.toSorted(), (await publicKeys((role) => role.startsWith('mamba_'))).sort());
  for (const key of await publicKeys((role) => !role.startsWith('mamba_'))) assert.ok(!delegated.includes(key));
  for (const name of ['1.root.json', 'key_mgr.json', 'pkg_mgr.json']) {
    const { signatures } = JSON.parse(await readFile(join(folder, name), 'utf8'));
    for (const entry of Object.values(signatures))
      assert.deepEqual(Object.keys(entry!), ['other_headers', 'signature']);
  }
});

test('the online role index may speak of pkg_mgr.json alone, and only where there is one', async () => {
  const targetsOf = async (clients: InitOptions['for']) => {
    const folder = await channel();
    await initChannel(folder, { ...options, keys: `${folder}-keys`, for: clients }, env);
    const { targets, delegations } = JSON.parse(await readFile(join(folder, 'tuf/1.targets.json'), 'utf8')).signed;
    const [yank, index] = delegations.roles;
    assert.deepEqual([yank.name, yank.paths, index.name], ['yank', ['antivenom/yanked.json'], 'index']);
    const paths: string[] = index.paths;
    return { listed: Object.keys(targets).sort(), isPkgMgrDelegated: paths.includes('pkg_mgr.json'), paths };
  };
  const both = await targetsOf(['conda', 'mamba']);
  assert.deepEqual(both.listed, ['1.root.json', ...LISTS, 'cct/1.root.json', 'cct/key_mgr.json', 'key_mgr.json']);
  assert.ok(both.isPkgMgrDelegated);
  assert.ok(
    !both.paths.some((path) => matchesPathPattern(path, '1.root.json') || matchesPathPattern(path, 'key_mgr.json')),
  );
  assert.equal((await targetsOf(['mamba'])).isPkgMgrDelegated, true);
  assert.equal((await targetsOf(['conda'])).isPkgMgrDelegated, false);
});

test('never replaces a chain of record signatures that somebody trusts', async () => {
  const folder = await channel();
  await writeFile(join(folder, 'key_mgr.json'), '{}');
  const forMamba = initChannel(folder, { ...options, for: ['mamba'] }, env);
  await assert.rejects(forMamba, { code: 'already-initialised', message: /^key_mgr\.json is there already/ });
  assert.equal(await readFile(join(folder, 'key_mgr.json'), 'utf8'), '{}');
  await initChannel(folder, options, env);

  const keys = join(base, 'other-keys');
  for (const names of [['cct/1.root.json'], ['1.root.json', 'key_mgr.json']]) {
    const ofConda = await channel();
    await mkdir(join(ofConda, 'cct'));
    for (const name of names) await writeFile(join(ofConda, name), '{}');
    const forConda = initChannel(ofConda, { ...options, keys }, env);
    await assert.rejects(forConda, { code: 'already-initialised', hint: /antivenom import cct / });
  }
});

test('counts, thresholds and lifetimes are those asked for', async () => {
  const { roles } = await initChannel(
    await channel(),
    { ...options, roleKeys: { root: { keys: 5, threshold: 3 } }, lifetimeDays: { timestamp: 1 } },
    env,
  );
  const of = (wanted: string) => roles.find(({ name }) => name === wanted)!;
  assert.deepEqual([of('root').threshold, of('root').keys.length], [3, 5]);
  assert.equal(of('timestamp').expires, '2026-01-02T00:00:00Z');
  await assert.rejects(
    initChannel(await channel(), { ...options, roleKeys: { root: { keys: 1, threshold: 2 } } }, env),
    { code: 'usage' },
  );
});

test('refuses a channel or a key folder that was used before, and changes neither', async () => {
  const folder = await channel();
  const { rootFingerprint } = await initChannel(folder, options, env);
  await assert.rejects(initChannel(folder, { ...options, keys: join(base, 'more') }, env), {
    code: 'already-initialised',
  });
  await assert.rejects(initChannel(await channel(), options, env), { code: 'already-initialised' });
  assert.equal(sha256Hex(await readFile(join(folder, 'tuf', '1.root.json'))), rootFingerprint);
});

test('puts no key into the folder that is served', async () => {
  const folder = await channel();
  for (const keys of [folder, join(folder, 'keys'), join(folder, '..keys')]) {
    await assert.rejects(initChannel(folder, { ...options, keys }, env), { code: 'usage', hint: /--keys/ });
  }
  await initChannel(folder, { ...options, keys: `${folder}-keys` }, env);
});

test('asks for no passphrase where it cannot begin', async () => {
  const folder = join(base, 'nowhere');
  const never = async () => assert.fail('asked');
  await assert.rejects(initChannel(folder, { ...options, onlinePassphrase: never, offlinePassphrase: never }, env), {
    code: 'usage',
  });
});

test('refuses what is no folder of a channel: one of its subdirs, the root of the file system', async () => {
  const folder = await channel();
  await mkdir(join(folder, 'noarch'), { recursive: true });
  await writeFile(join(folder, 'noarch', 'repodata.json'), '{}');
  await assert.rejects(initChannel(join(folder, 'noarch'), options, env), {
    code: 'usage',
    message: /noarch is one subdir of a channel$/,
    hint: `Name the channel, which is the folder around it: ${folder}`,
  });
  await assert.rejects(initChannel(parse(folder).root, options, env), { code: 'usage', message: /no channel$/ });
});

test('a ceremony that was killed with all but its mark done is brought to its end without a question', async () => {
  const folder = await channel();
  const { rootFingerprint } = await initChannel(folder, options, env);
  await writeFile(join(options.keys, 'ceremony-under-way'), folder);
  const never = async () => assert.fail('asked');
  const again = await initChannel(folder, { ...options, onlinePassphrase: never, offlinePassphrase: never }, env);
  assert.equal(again.rootFingerprint, rootFingerprint);
  await assert.rejects(initChannel(folder, options, env), { code: 'already-initialised' });
});

test('never takes away keys that were being made for another channel', async () => {
  const folder = await channel();
  await initChannel(folder, options, env);
  await writeFile(join(options.keys, 'ceremony-under-way'), folder);
  const before = await readdir(join(options.keys, 'offline'));
  await assert.rejects(initChannel(await channel(), options, env), { code: 'already-initialised' });
  assert.deepEqual(await readdir(join(options.keys, 'offline')), before);
});
