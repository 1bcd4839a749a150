import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { checkCctRecords, readChannel, writeChannel } from '@antivenom/testkit';
import { initChannel } from './init.ts';
import type { PublisherEnv } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { signChannel } from './sign.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

let base: string;
let channel: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-refresh-'));
  channel = join(base, 'channel');
});
afterEach(() => rm(base, { recursive: true, force: true }));

const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const options = () => ({ keys: join(base, 'keys'), onlinePassphrase: async () => 'online' });
const refresh = (day: number) => refreshChannel(channel, options(), at(day));
const read = (day: number) => readChannel(channel, { now: START + day * DAY });

/** @returns the index as the indexer wrote it */
async function signed(): Promise<Buffer> {
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 3, forms: { zst: true } });
  const unsigned = await readFile(join(channel, 'noarch', 'repodata.json'));
  const offline = {
    offlinePassphrase: async () => 'offline',
    scryptCost: { n: 16, r: 1, p: 1 },
    for: ['conda'] as const,
  };
  await initChannel(channel, { ...options(), ...offline }, at(0));
  // From now on no command may need it.
  await rename(join(base, 'keys', 'offline'), join(base, 'moved away'));
  await signChannel(channel, options(), at(0));
  return unsigned;
}

test('a channel refreshed daily and never signed again is accepted on day 60, and stays small', async () => {
  await signed();
  const { files: before } = await read(0);
  await assert.rejects(read(4), { code: 'expired' });
  for (let day = 1; day <= 60; day++) {
    const { warnings } = await refresh(day);
    assert.deepEqual(warnings, []);
  }
  const { files, trusted } = await read(60.9);
  assert.deepEqual(files, before);
  assert.ok(checkCctRecords(files, { now: START + 60 * DAY }) > 0);
  assert.equal(trusted.root.version, 1);
  const metadata = (await readdir(join(channel, 'tuf'))).filter((name) => name.endsWith('.json'));
  assert.ok(metadata.length <= 40, metadata.join(' '));
});

test('writes nothing, and asks for nothing, while no role is past half its life', async () => {
  await signed();
  const never = async () => assert.fail('asked');
  const early = await refreshChannel(channel, { ...options(), onlinePassphrase: never }, at(1.4));
  assert.deepEqual([early.published, early.renewed, early.files], [false, [], []]);
  const timestampAlone = await refresh(1.6);
  assert.deepEqual([timestampAlone.published, timestampAlone.renewed], [true, ['timestamp']]);
  assert.deepEqual(timestampAlone.files, ['tuf/timestamp.json']);
  assert.deepEqual((await refresh(3.6)).renewed, ['yank', 'index', 'snapshot', 'timestamp']);
});

test('revives a channel that nobody refreshed in time', async () => {
  await signed();
  await assert.rejects(read(40), { code: 'expired' });
  await refresh(40);
  await read(40);
});

test('warns 30 days ahead of each offline role, those of conda-content-trust too', async () => {
  await signed();
  assert.deepEqual((await refresh(334)).warnings, []);
  const { warnings } = await refresh(336);
  assert.deepEqual(
    warnings.map(({ kind, about }) => `${kind} ${about}`),
    ['root', 'targets', 'cct/root', 'cct/key_mgr'].map((role) => `expires-soon ${role}`),
  );
  assert.match(warnings[0]!.message, /^root expires in 29 days: run renew/);
});

test('mends ordinary names that a killed run left behind, and no file that somebody wrote since', async () => {
  const unsigned = await signed();
  const path = (name: string) => join(channel, 'noarch', name);
  const published = await readFile(path('repodata.json'));
  await writeFile(path('repodata.json'), unsigned);
  await rm(path('repodata.json.zst'));
  const mended = await refresh(1);
  assert.deepEqual(
    [mended.published, mended.files.toSorted()],
    [false, ['noarch/repodata.json', 'noarch/repodata.json.zst']],
  );
  assert.deepEqual(await readFile(path('repodata.json')), published);

  const changed = Buffer.from(unsigned.toString().replace('"removed": []', '"removed": ["gone-1-0.conda"]'));
  await writeFile(path('repodata.json'), changed);
  const spared = await refresh(1);
  assert.deepEqual(
    [spared.files, spared.warnings.map(({ kind, about }) => `${kind} ${about}`)],
    [[], ['stale noarch/repodata.json']],
  );
  assert.deepEqual(await readFile(path('repodata.json')), changed);
});

test('refuses to go on from a root that the key folder does not know', async () => {
  await signed();
  const other = join(base, 'other');
  await writeChannel(other, { seed: 2, subdirs: ['noarch'], packages: 1 });
  const keys = join(base, 'other keys');
  const offline = { offlinePassphrase: async () => 'x', scryptCost: { n: 16, r: 1, p: 1 }, for: [] };
  await initChannel(other, { ...options(), keys, ...offline }, at(0));
  for (const name of await readdir(join(other, 'tuf'))) {
    if (name.endsWith('.json')) await copyFile(join(other, 'tuf', name), join(channel, 'tuf', name));
  }
  await assert.rejects(refresh(2), { code: 'store-corrupt', message: /is not the root that/ });
});
