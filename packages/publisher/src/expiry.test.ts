import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { checkCctRecords, readAsMamba, readChannel, writeChannel } from '@antivenom/testkit';
import { changeExpiry, channelExpiry } from './expiry.ts';
import { initChannel } from './init.ts';
import type { PublisherEnv, RenewOptions } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

let base: string;
let channel: string;
let options: RenewOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-expiry-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 2, forms: { zst: true } });
  const ceremony = { ...options, scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda', 'mamba'] as const };
  await initChannel(channel, ceremony, at(0));
  await signChannel(channel, options, at(0));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const change = (day: number, days: Record<string, number>) =>
  changeExpiry(channel, { ...options, days: new Map(Object.entries(days)) }, at(day));

/** Days from now on until each role expires. */
async function left(day: number): Promise<Record<string, number>> {
  const { roles } = await channelStatus(channel, at(day));
  return Object.fromEntries(roles.map(({ name, expires }) => [name, (Date.parse(expires) - at(day).now) / DAY]));
}

async function follow(day: number): Promise<void> {
  const now = at(day).now;
  const { files } = await readChannel(channel, { now });
  assert.ok(checkCctRecords(files, { now }) > 0);
  await readAsMamba(channel, { now });
}

test('shows what each role lasts, who renews it and how often, without any key', async () => {
  await rm(options.keys, { recursive: true });
  const { roles, warnings } = await channelExpiry(channel);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    roles.map(({ role, days, renewedBy, everyDays, noticeDays }) =>
      [role, days, renewedBy, everyDays, noticeDays].join(),
    ),
    [
      'root,365,renew,365,30',
      'targets,365,renew,365,30',
      'yank,7,refresh,3.5,1.75',
      'index,7,refresh,3.5,1.75',
      'snapshot,7,refresh,3.5,1.75',
      'timestamp,3,refresh,1.5,0.75',
      'cct/root,365,renew,365,30',
      'cct/key_mgr,365,renew,365,30',
      'mamba/root,365,renew,365,30',
      'mamba/key_mgr,365,renew,365,30',
      'mamba/pkg_mgr,7,refresh,3.5,1.75',
    ],
  );
});

const OTHERS: Readonly<Record<string, number>> = {
  root: 500,
  targets: 200,
  yank: 12,
  index: 10,
  snapshot: 9,
  timestamp: 2,
  'cct/root': 300,
  'cct/key_mgr': 150,
  'mamba/root': 301,
  'mamba/key_mgr': 151,
  'mamba/pkg_mgr': 11,
};

for (const [role, days] of Object.entries(OTHERS)) {
  test(`${role} lasts as long as was said from now on, also when it is renewed, and consumers follow`, async () => {
    const { published, renewed, policy } = await change(1, { [role]: days });
    assert.ok(published && renewed.includes(role), renewed.join());
    assert.equal(policy.find((entry) => entry.role === role)?.days, days);
    assert.equal((await left(1))[role], days);
    await follow(1);
    await renewChannel(channel, options, at(20));
    await refreshChannel(channel, options, at(40));
    const now = await left(40);
    const offline = policy.find((entry) => entry.role === role)?.renewedBy === 'renew';
    assert.equal(now[role], offline ? days - 20 : days);
    await follow(40);
  });
}

test('all of them at once, in one publication', async () => {
  const { renewed } = await change(1, OTHERS);
  assert.deepEqual(new Set(renewed), new Set(Object.keys(OTHERS)));
  assert.deepEqual(await left(1), OTHERS);
  await follow(1);
});

test('the offline keys are fetched for offline roles alone', async () => {
  await rename(join(options.keys, 'offline'), join(base, 'away'));
  await change(1, { timestamp: 2, index: 6, 'mamba/pkg_mgr': 5 });
  await follow(1);
  await assert.rejects(change(2, { 'cct/key_mgr': 90 }), { code: 'key-missing' });
});

test('what is no role, or no number of days, changes nothing', async () => {
  const before = await readFile(join(channel, 'tuf/timestamp.json'));
  for (const wrong of [{ pkg_mgr: 5 }, { __proto__x: 5 }, { root: 0 }, { root: 1.5 }, { index: 40_000 }]) {
    await assert.rejects(change(1, wrong), { code: 'usage' });
  }
  assert.deepEqual(await readFile(join(channel, 'tuf/timestamp.json')), before);
});

test('tells of a policy that defeats itself', async () => {
  const about = async (days: Record<string, number>) => {
    const { warnings } = await change(1, days);
    return warnings.filter(({ kind }) => kind === 'self-defeating').map(({ about: role }) => role);
  };
  assert.deepEqual(await about({ timestamp: 8 }), ['timestamp']);
  assert.deepEqual(await about({ timestamp: 3, snapshot: 365 }), ['snapshot']);
  assert.deepEqual(await about({ snapshot: 7, index: 1 }), ['index']);
  assert.deepEqual(await about({ index: 7, targets: 5 }), ['targets', 'yank', 'index', 'snapshot']);
  assert.deepEqual(await about({ targets: 365, 'mamba/key_mgr': 29 }), ['mamba/key_mgr']);
  assert.deepEqual(await about({ 'mamba/key_mgr': 365 }), []);
});

test('the owner of a role that lives short is told when half of its life is over', async () => {
  await change(0, { root: 40, targets: 200 });
  const soon = async (day: number) => {
    await refreshChannel(channel, options, at(day));
    const { problems } = await channelStatus(channel, at(day));
    return problems.filter(({ kind }) => kind === 'expires-soon').map(({ about }) => about);
  };
  assert.deepEqual(await soon(19), []);
  assert.deepEqual(await soon(21), ['root']);
  const { warnings } = await signChannel(channel, options, at(21));
  assert.deepEqual(
    warnings.map(({ about }) => about),
    ['root'],
    'signing tells too',
  );
  await renewChannel(channel, options, at(21));
  assert.deepEqual(await soon(22), []);
});

test('an earlier publication is kept as long as before, whatever its successors last', async () => {
  await signChannel(channel, { ...options, keep: { versions: 2, seconds: 86_400 } }, at(0));
  await change(1, { snapshot: 30, index: 30 });
  const { signed } = JSON.parse(await readFile(join(channel, 'tuf/timestamp.json'), 'utf8'));
  const { version } = signed.meta['snapshot.json'];
  for (const hours of [1, 2, 3]) await change(1 + hours / 24, { snapshot: 7 });
  await readFile(join(channel, `tuf/${version}.snapshot.json`));
  await change(3, { snapshot: 8 });
  await change(3.1, { snapshot: 9 });
  await assert.rejects(readFile(join(channel, `tuf/${version}.snapshot.json`)), { code: 'ENOENT' });
});
