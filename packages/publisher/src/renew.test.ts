import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { RecordClient } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { checkCctRecords, readChannel, writeChannel } from '@antivenom/testkit';
import { initChannel } from './init.ts';
import type { PublisherEnv, RenewOptions } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { signChannel } from './sign.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

let base: string;
let channel: string;
let options: RenewOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-renew-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
});
afterEach(() => rm(base, { recursive: true, force: true }));

const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};

async function signed(forClients: readonly RecordClient[]): Promise<void> {
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 3 });
  await initChannel(channel, { ...options, scryptCost: { n: 16, r: 1, p: 1 }, for: forClients }, at(0));
  await signChannel(channel, options, at(0));
}

test('renewed on day 350, accepted on day 380 by consumers old and new', async () => {
  await signed(['conda']);
  const firstRoot = await readFile(join(channel, 'tuf', '1.root.json'));
  const renewed = await renewChannel(channel, options, at(350));
  assert.equal(renewed.published, true);
  assert.deepEqual(renewed.renewed, [
    'root',
    'targets',
    'yank',
    'index',
    'snapshot',
    'timestamp',
    'cct/root',
    'cct/key_mgr',
  ]);
  assert.deepEqual(renewed.warnings, []);
  assert.deepEqual(await readFile(join(channel, 'tuf', '1.root.json')), firstRoot);
  for (let day = 351; day <= 380; day++) {
    assert.deepEqual((await refreshChannel(channel, options, at(day))).warnings, []);
  }
  const now = START + 380 * DAY;
  const newRoot = await readFile(join(channel, 'tuf', '2.root.json'));
  for (const root of [firstRoot, newRoot]) {
    const { trusted, files } = await readChannel(channel, { now, root });
    assert.equal(trusted.root.version, 2);
    for (const from of [1, 2]) assert.ok(checkCctRecords(files, { now, from }) > 0);
    // conda reads the chain under its ordinary names.
    for (const name of ['1.root.json', '2.root.json', 'key_mgr.json']) {
      assert.deepEqual(await readFile(join(channel, 'cct', name)), Buffer.from(files.get(`cct/${name}`)!));
    }
  }
  await assert.rejects(readChannel(channel, { now: START + 716 * DAY }), { code: 'expired' });
});

test('renewed every year, it is still that of the first root; only what is needed is kept', async () => {
  await signed([]);
  const root = await readFile(join(channel, 'tuf', '1.root.json'));
  for (let year = 1; year <= 4; year++) {
    const { renewed } = await renewChannel(channel, options, at(350 * year));
    assert.deepEqual(renewed, ['root', 'targets', 'yank', 'index', 'snapshot', 'timestamp']);
    const { trusted } = await readChannel(channel, { now: START + 350 * year * DAY, root });
    assert.equal(trusted.root.version, year + 1);
  }
});

test('needs the offline folder and its passphrase, and changes nothing without them', async () => {
  await signed(['conda']);
  const wrong = { ...options, offlinePassphrase: async () => 'wrong' };
  await assert.rejects(renewChannel(channel, wrong, at(350)), { code: 'wrong-passphrase' });
  await rm(join(base, 'keys', 'offline'), { recursive: true });
  await assert.rejects(renewChannel(channel, options, at(350)), { code: 'key-missing' });
  assert.equal((await readChannel(channel, { now: START })).trusted.root.version, 1);
});
