import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { NO_PROGRESS, sha256Hex } from '@antivenom/node';
import { writeChannel } from '@antivenom/testkit';
import { readOwnMetadata } from './channel/own-metadata.ts';
import { factsOfTarget, hashPrefixedPath } from './channel/published-targets.ts';
import { initChannel } from './init.ts';
import type { PublisherEnv, RenewOptions } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const SUBDIRS = ['linux-64', 'noarch'];

let base: string;
let channel: string;
let options: RenewOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-status-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
  await writeChannel(channel, { seed: 1, subdirs: SUBDIRS, packages: 3, forms: { zst: true, runExports: true } });
  await initChannel(channel, { ...options, scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda'] }, at(0));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const sign = (out?: string) => signChannel(channel, { ...options, ...(out === undefined ? {} : { out }) }, at(0));

async function problems(day = 0): Promise<string[]> {
  const { problems: found } = await channelStatus(channel, at(day));
  return found.map(({ kind, about }) => `${kind} ${about}`).sort();
}

async function edit(path: string, change: (index: Record<string, unknown>) => void): Promise<void> {
  const index = JSON.parse(await readFile(join(channel, path), 'utf8'));
  change(index);
  await writeFile(join(channel, path), JSON.stringify(index, undefined, 2));
}

test('names every role with its health, and both fingerprints, without any key', async () => {
  await sign();
  await renewChannel(channel, options, at(1));
  await rm(options.keys, { recursive: true });
  const status = await channelStatus(channel, at(1));
  assert.deepEqual(
    status.roles.map(({ name, version, expires, daysLeft, threshold, keys }) => {
      return [name, version, expires, daysLeft, `${threshold} of ${keys.length}`].join(' ');
    }),
    [
      'root 2 2027-01-02T00:00:00Z 365 2 of 3',
      'targets 2 2027-01-02T00:00:00Z 365 2 of 3',
      'yank 1 2026-01-08T00:00:00Z 6 1 of 1',
      'index 2 2026-01-08T00:00:00Z 6 1 of 1',
      'snapshot 3 2026-01-09T00:00:00Z 7 1 of 1',
      'timestamp 3 2026-01-05T00:00:00Z 3 1 of 1',
      'cct/root 2 2027-01-02T00:00:00Z 365 2 of 3',
      'cct/key_mgr 2 2027-01-02T00:00:00Z 365 2 of 3',
    ],
  );
  const fingerprint = async (version: number) => sha256Hex(await readFile(join(channel, `tuf/${version}.root.json`)));
  assert.deepEqual(status.rootFingerprint, {
    first: await fingerprint(1),
    current: await fingerprint(2),
    currentVersion: 2,
  });
  assert.deepEqual(status.problems, []);
});

test('tells that nothing is signed yet, and what of it is new', async () => {
  assert.deepEqual(await problems(), ['unsigned index']);
  await signChannel(channel, { ...options, subdirs: ['noarch'] }, at(0));
  const forms = ['repodata.json', 'repodata.json.zst', 'run_exports.json', 'run_exports.json.zst'];
  assert.deepEqual(
    await problems(),
    forms.map((form) => `unsigned linux-64/${form}`),
  );
});

test('tells what expires: online roles that nobody refreshes, offline ones a month ahead', async () => {
  await sign();
  assert.deepEqual(await problems(2), []);
  assert.deepEqual(await problems(2.5), ['expires-soon timestamp']);
  assert.deepEqual(await problems(6), [
    'expired timestamp',
    'expires-soon index',
    'expires-soon snapshot',
    'expires-soon yank',
  ]);
  await refreshChannel(channel, options, at(340));
  const soon = ['cct/key_mgr', 'cct/root', 'root', 'targets'].map((role) => `expires-soon ${role}`);
  assert.deepEqual(await problems(340), soon);
  const { problems: told } = await channelStatus(channel, at(366));
  assert.match(told.find(({ about }) => about === 'root')!.message, /^root expired on 2027-01-01: consumers refuse/);
});

for (const where of ['in place', 'published elsewhere']) {
  test(`tells what the indexer wrote since, ${where}`, async () => {
    await sign(where === 'in place' ? undefined : join(base, 'published'));
    assert.deepEqual(await problems(), []);
    await edit('noarch/repodata.json', (index) => {
      index['removed'] = ['gone-1-0.conda'];
    });
    await edit('linux-64/run_exports.json', (index) => {
      index['packages'] = {};
    });
    assert.deepEqual(await problems(), ['stale linux-64/run_exports.json', 'stale noarch/repodata.json']);
    await rm(join(channel, 'noarch'), { recursive: true });
    assert.ok((await problems()).includes('stale noarch'));
  });
}

test('tells names that a killed run left behind from those that somebody wrote', async () => {
  const path = join(channel, 'noarch', 'repodata.json');
  const unsigned = await readFile(path);
  await sign();
  await writeFile(path, unsigned);
  await rm(join(channel, 'noarch', 'repodata.json.zst'));
  assert.deepEqual(await problems(), ['behind noarch/repodata.json', 'behind noarch/repodata.json.zst']);
  await refreshChannel(channel, options, at(0));
  assert.deepEqual(await problems(), []);
});

test('tells records without a signature', async () => {
  await edit('noarch/repodata.json', (index) => {
    for (const record of Object.values(index['packages.conda'] as Record<string, Record<string, unknown>>)) {
      delete record['subdir'];
    }
  });
  await signChannel(channel, { ...options, rebuild: true }, at(0));
  const { problems: found } = await channelStatus(channel, at(0));
  assert.deepEqual(
    found.map(({ kind, about }) => `${kind} ${about}`),
    ['unsigned noarch/repodata.json'],
  );
  assert.match(found[0]!.message, /^noarch\/repodata\.json has \d+ records? without a signature \(.*\): \S+\.conda/);
});

test('names a damaged index file and goes on; damaged metadata ends it by name', async () => {
  await sign();
  const own = await readOwnMetadata(channel);
  const facts = factsOfTarget(own.index.targets.get('noarch/repodata.json')!);
  await writeFile(join(channel, hashPrefixedPath(facts)), '{}');
  assert.deepEqual(await problems(), ['damaged noarch/repodata.json']);
  await writeFile(join(channel, 'tuf', `${own.snapshot.version}.snapshot.json`), '{}');
  await assert.rejects(channelStatus(channel, at(0)), { code: 'store-corrupt', message: /snapshot\.json/ });
});
