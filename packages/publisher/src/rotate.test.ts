import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { checkCctRecords, readAsMamba, readChannel, writeChannel } from '@antivenom/testkit';
import { initChannel } from './init.ts';
import type { AllKeysOptions, PublisherEnv } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { revokeKey } from './revoke.ts';
import { rotateRole } from './rotate.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};

let base: string;
let channel: string;
let options: AllKeysOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-rotate-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 3 });
  const ceremony = { scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda', 'mamba'] } as const;
  await initChannel(channel, { ...options, ...ceremony }, at(0));
  await signChannel(channel, options, at(0));
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** By name, as `status` has them. */
async function rolesNow() {
  const { roles } = await channelStatus(channel, at(1));
  return new Map(roles.map((role) => [role.name, role]));
}

async function keyFiles(folder: string): Promise<string[]> {
  return (await readdir(join(options.keys, folder))).filter((name) => name.endsWith('.json')).sort();
}

/** Of each record, the keys that signed it. */
async function signersOfRecords(): Promise<string[][]> {
  const { signatures } = JSON.parse(await readFile(join(channel, 'noarch', 'repodata.json'), 'utf8'));
  return Object.values<object>(signatures).map((byKey) => Object.keys(byKey).sort());
}

for (const role of ['pkg_mgr', 'mamba/pkg_mgr']) {
  test(`records are signed by the old and the new ${role} until the next signing, and then by the new alone`, async () => {
    const before = await signersOfRecords();
    const { newKeys, retired } = await rotateRole(channel, role, options, at(1));
    assert.deepEqual([newKeys.length, retired], [1, [`online/retired/${role.replace('/', '_')}-1.json`]]);
    const handedOver = await signersOfRecords();
    assert.deepEqual(
      handedOver,
      before.map((keys) => [...keys, ...newKeys].sort()),
    );
    assert.equal((await follow(1)).root.version, 1);
    assert.deepEqual((await channelStatus(channel, at(1))).problems, []);
    await signChannel(channel, options, at(2));
    for (const [at, keys] of (await signersOfRecords()).entries()) {
      assert.equal(keys.length, 2);
      for (const key of newKeys) assert.ok(keys.includes(key));
      assert.equal(keys.filter((key) => before[at]?.includes(key)).length, 1);
    }
    await follow(2);
    await refreshChannel(channel, options, at(6));
    await renewChannel(channel, options, at(7));
    assert.deepEqual((await channelStatus(channel, at(7))).problems, []);
  });
}

test('records keep what lost keys signed until the next signing, whenever their owner finds out', async () => {
  const lost = new Map<string, string>();
  for (const role of ['pkg_mgr', 'mamba_pkg_mgr']) {
    const file = join(options.keys, 'online', `${role}-1.json`);
    lost.set(role, JSON.parse(await readFile(file, 'utf8')).public);
    await rm(file);
  }
  const made: string[] = [];
  for (const [role, old] of lost) {
    made.push(...(await rotateRole(channel, role, options, at(6))).newKeys);
    for (const keys of await signersOfRecords()) {
      assert.equal(keys.length, 3);
      for (const key of [old, ...made]) assert.ok(keys.includes(key), role);
    }
  }
  await refreshChannel(channel, options, at(6));
  await follow(6);
  await signChannel(channel, options, at(6));
  for (const keys of await signersOfRecords()) assert.deepEqual(keys, made.toSorted());
  await follow(6);
});

/** Consumers of the first roots follow: of TUF's, of conda's chain, of mamba's. */
async function follow(day: number) {
  const now = START + day * DAY;
  const { trusted, files } = await readChannel(channel, { now });
  assert.ok(checkCctRecords(files, { now }) > 0);
  assert.ok((await readAsMamba(channel, { now })).signed > 0);
  return trusted;
}

for (const [role, names] of [
  ['timestamp', ['timestamp']],
  ['snapshot', ['snapshot']],
  ['index', ['index']],
  ['targets', ['targets']],
  ['root', ['root', 'cct/root']],
  ['cct/key_mgr', ['cct/key_mgr']],
  ['mamba/root', ['mamba/root']],
  ['mamba_key_mgr', ['mamba/key_mgr']],
] as const) {
  test(`gives ${role} new keys, keeps the old files apart, and the channel goes on`, async () => {
    const before = await rolesNow();
    const rotated = await rotateRole(channel, role, options, at(1));
    assert.equal(rotated.published, true);
    assert.deepEqual(rotated.warnings, []);
    const after = await rolesNow();
    for (const [name, { keys, threshold }] of before) {
      const now = after.get(name);
      assert.equal(now?.threshold, threshold, name);
      const kept = keys.filter((key) => now?.keys.includes(key)).length;
      assert.deepEqual(
        [now?.keys.length, kept],
        [keys.length, names.some((one) => one === name) ? 0 : keys.length],
        name,
      );
    }
    const count = before.get(names[0])?.keys.length;
    assert.deepEqual([rotated.newKeys.length, rotated.retired.length], [count, count]);
    assert.deepEqual(
      await keyFiles(dirname(rotated.retired[0]!)),
      rotated.retired.map((path) => basename(path)),
    );
    await follow(1);
    await renewChannel(channel, options, at(2));
    await refreshChannel(channel, options, at(6));
    assert.equal((await signChannel(channel, options, at(6))).published, false);
    await follow(6);
    assert.deepEqual((await channelStatus(channel, at(6))).problems, []);
  });
}

describe('one key of several', () => {
  test('goes, the others stay, and the threshold is the one asked for', async () => {
    const [first = '', ...others] = (await rolesNow()).get('root')?.keys ?? [];
    const roleKeys = { threshold: 3, keys: 4 };
    const rotated = await rotateRole(channel, 'root', { ...options, key: first.slice(0, 12), roleKeys }, at(1));
    assert.deepEqual([rotated.newKeys.length, rotated.retired], [2, ['offline/retired/root-1.json']]);
    const root = (await rolesNow()).get('root');
    assert.deepEqual([root?.threshold, root?.keys.length, root?.keys.includes(first)], [3, 4, false]);
    for (const key of others) assert.ok(root?.keys.includes(key));
    await follow(1);
  });

  test('may be lost where the others are enough', async () => {
    await rm(join(options.keys, 'offline', 'root-2.json'));
    const lost = (await rolesNow()).get('root')?.keys[1] ?? '';
    await rotateRole(channel, 'root', { ...options, key: lost }, at(1));
    assert.ok(!(await rolesNow()).get('root')?.keys.includes(lost));
    await follow(1);
  });

  test('that is revoked has no other in its place', async () => {
    const revoked = (await rolesNow()).get('targets')?.keys[0] ?? '';
    const { published, newKeys, retired } = await revokeKey(channel, { ...options, key: revoked }, at(1));
    assert.deepEqual([published, newKeys, retired], [true, [], ['offline/retired/targets-1.json']]);
    const targets = (await rolesNow()).get('targets');
    assert.deepEqual([targets?.threshold, targets?.keys.length, targets?.keys.includes(revoked)], [2, 2, false]);
    await follow(1);
  });
});

test('goes on from keys that are lost', async () => {
  const old = await readFile(join(channel, 'tuf', '1.root.json'));
  for (const [role, version] of [
    ['timestamp', 3],
    ['snapshot', 5],
    ['targets', 7],
  ] as const) {
    await rm(join(options.keys, role === 'targets' ? 'offline' : 'online', `${role}-1.json`));
    if (role === 'targets') await rm(join(options.keys, 'offline', 'targets-2.json'));
    await rotateRole(channel, role, options, at(1));
    // The root that takes the role from either, and the next.
    assert.equal((await follow(1)).root.version, version);
  }
  assert.deepEqual(await readFile(join(channel, 'tuf', '1.root.json')), old);
});

test('changes nothing where it cannot', async () => {
  const before = await readFile(join(channel, 'tuf', 'timestamp.json'));
  const [timestamp = ''] = (await rolesNow()).get('timestamp')?.keys ?? [];
  await assert.rejects(revokeKey(channel, { ...options, key: timestamp }, at(1)), { code: 'usage', hint: /rotate/ });
  await assert.rejects(revokeKey(channel, { ...options, key: 'ffffffffffffffff' }, at(1)), { code: 'usage' });
  await assert.rejects(revokeKey(channel, { ...options, key: timestamp.slice(0, 5) }, at(1)), { code: 'usage' });
  await assert.rejects(rotateRole(channel, 'team', options, at(1)), { code: 'usage', message: /no role team/ });
  const roleKeys = { threshold: 1, keys: 1 };
  const [root = ''] = (await rolesNow()).get('root')?.keys ?? [];
  await assert.rejects(rotateRole(channel, 'root', { ...options, key: root, roleKeys }, at(1)), { code: 'usage' });
  for (const file of ['root-1.json', 'root-2.json']) await rm(join(options.keys, 'offline', file));
  await assert.rejects(rotateRole(channel, 'timestamp', options, at(1)), { code: 'key-missing', message: /root/ });
  await rm(join(options.keys, 'offline'), { recursive: true });
  await assert.rejects(rotateRole(channel, 'timestamp', options, at(1)), { code: 'key-missing' });
  assert.deepEqual(await readFile(join(channel, 'tuf', 'timestamp.json')), before);
  assert.deepEqual(await keyFiles('online'), [
    'index-1.json',
    'mamba_pkg_mgr-1.json',
    'pkg_mgr-1.json',
    'snapshot-1.json',
    'timestamp-1.json',
    'yank-1.json',
  ]);
});

test('key files that a killed run left behind are moved away by the next one', async () => {
  await cp(join(options.keys, 'online', 'timestamp-1.json'), join(base, 'old.json'));
  const first = await rotateRole(channel, 'timestamp', options, at(1));
  assert.deepEqual(
    [first.retired, await keyFiles('online').then((names) => names.at(-2))],
    [['online/retired/timestamp-1.json'], 'timestamp-2.json'],
  );
  // As if it had been killed right before it moved the file.
  await cp(join(base, 'old.json'), join(options.keys, 'online', 'timestamp-1.json'));
  await rm(join(options.keys, 'online/retired'), { recursive: true });
  const key = JSON.parse(await readFile(join(base, 'old.json'), 'utf8')).public;
  const finished = await revokeKey(channel, { ...options, key }, at(1));
  assert.deepEqual([finished.published, finished.retired], [false, ['online/retired/timestamp-1.json']]);
});
