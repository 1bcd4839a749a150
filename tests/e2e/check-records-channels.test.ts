/** What `check-records` downloads, keeps and believes of channels that change. */
import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, folderContents, recordOf, StagedChannel } from '@antivenom/testkit';
import { ALPHA, BETA, GAMMA, recordIn } from './client-records.ts';

const DAY = 86_400_000;
const owner = await ChannelOwner.make();
const unsigned = await ChannelOwner.make({ init: ['--for', 'none'] });
after(() => Promise.all([owner.remove(), unsigned.remove()]));

const beta = await recordIn(owner.folder, BETA);
const gamma = await recordIn(owner.folder, GAMMA);

test('reads only the shards of what is asked where no records are signed, and keeps them', async () => {
  await using channel = await StagedChannel.of(unsigned);
  const first = channel.startRecordClient();
  assert.deepEqual((await first.check(`${channel.url}/${BETA}`, beta)).evidence, ['index']);
  const changed = await first.check(`${channel.url}/${BETA}`, { ...beta, size: 1 });
  assert.equal(changed.code, 'record-differs');
  assert.equal((await first.check(`${channel.url}/linux-64/delta-1-0.conda`, beta)).code, 'not-listed');
  assert.equal((await first.check(`${channel.url}/linux-64/beta-9-0.conda`, beta)).code, 'not-listed');
  assert.equal((await first.end()).status, 0);
  const index = channel.server.requests.filter(({ path }) => /\.json\.(zst|bz2)$|\/repodata\.json$/.test(path));
  assert.deepEqual(index, []);
  assert.equal(channel.server.requests.filter(({ path }) => /linux-64\/[0-9a-f]{64}\.msgpack/.test(path)).length, 1);
  channel.server.requests.length = 0;
  const second = channel.startRecordClient();
  assert.equal((await second.check(`${channel.url}/${BETA}`, beta)).ok, true);
  await second.end();
  assert.deepEqual(channel.server.requests.map(({ path }) => path.replace('/good/tuf/', '')).sort(), METADATA);

  await rm(join(channel.folder, 'linux-64'), { recursive: true });
  await mkdir(join(channel.folder, 'linux-64'));
  await using alone = channel.startRecordClient();
  assert.equal((await alone.check(`${channel.url}/${ALPHA}`, await recordIn(owner.folder, ALPHA))).code, 'not-held');
});

/** What is asked for each time anew. */
const METADATA = ['2.root.json', 'timestamp.json'];

test('downloads an index once, and what replaces it once; a damaged copy is none', async () => {
  const own = await ChannelOwner.make();
  after(() => own.remove());
  await using channel = await StagedChannel.of(own);
  const cached = join(channel.home, 'cache/sha256');
  const files = async () => (await readdir(cached, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name));
  const requested = () => channel.server.requests.splice(0).map(({ path }) => path.replace('/good/tuf/', ''));
  const ask = async (path: string, expected: object) => {
    const client = channel.startRecordClient();
    const record = await recordIn(own.folder, path);
    for (let time = 0; time < 3; time++) {
      const { ok, code } = await client.check(`${channel.url}/${path}`, record);
      assert.deepEqual({ ok, code }, expected);
    }
    assert.deepEqual(await client.end(), { status: 0, stderr: '' });
  };
  requested();
  await ask(BETA, { ok: true, code: undefined });
  assert.equal(requested().filter((path) => /repodata/.test(path)).length, 1, 'one index, in one form');
  const before = await files();
  await ask(BETA, { ok: true, code: undefined });
  assert.deepEqual(requested().sort(), METADATA);
  assert.deepEqual(await files(), before);

  for (const name of before) await writeFile(join(cached, name), 'damaged');
  await ask(BETA, { ok: true, code: undefined });
  assert.equal(requested().filter((path) => /repodata/.test(path)).length, 1);

  await own.publish({ name: 'delta', version: '1', build: '0', subdir: 'linux-64' });
  await channel.serve(own.folder);
  await ask('linux-64/delta-1-0.conda', { ok: true, code: undefined });
  assert.equal((await files()).length, before.length, 'what was replaced is gone');
  requested();
  await using past = channel.startRecordClient('--at', new Date().toISOString().replace(/\.\d+/, ''));
  const kept = await folderContents(channel.home);
  assert.equal((await past.check(`${channel.url}/${GAMMA}`, gamma)).ok, true);
  await past.end();
  assert.deepEqual(await folderContents(channel.home), kept, 'at another time nothing is kept');
});

test('a channel published anew while it is asked about is read anew', async () => {
  const own = await ChannelOwner.make();
  after(() => own.remove());
  await using channel = await StagedChannel.of(own);
  await using client = channel.startRecordClient();
  assert.equal((await client.check(`${channel.url}/${BETA}`, beta)).ok, true);
  await own.publish({ name: 'delta', version: '1', build: '0', subdir: 'linux-64' });
  await channel.serve(own.folder);
  const delta = await recordIn(own.folder, 'linux-64/delta-1-0.conda');
  assert.equal((await client.check(`${channel.url}/linux-64/delta-1-0.conda`, delta)).ok, true);
});

test('refuses what was rolled back, has expired, was tampered with or is not reached', async () => {
  const own = await ChannelOwner.make();
  after(() => own.remove());
  const old = await own.copy('old');
  await own.publish({ name: 'delta', version: '1', build: '0', subdir: 'linux-64' });
  await using channel = await StagedChannel.of(own, { seen: true });
  const verdict = async () => {
    await using client = channel.startRecordClient();
    const { exit, code } = await client.check(`${channel.url}/${BETA}`, beta);
    return [exit, code];
  };
  assert.deepEqual(await verdict(), [0, undefined]);
  await channel.serve(old);
  assert.deepEqual(await verdict(), [1, 'rollback']);
  await channel.serve(own.folder);
  channel.clock = 10 * DAY;
  assert.deepEqual(await verdict(), [1, 'expired']);
  channel.clock = 0;
  await rm(join(channel.home, 'cache'), { recursive: true, force: true });
  await editIndex(channel.folder, 'linux-64', (index) => {
    recordOf(index, 'beta-2.0-h2_0.conda').depends = ['evil'];
  });
  await rm(join(channel.folder, 'tuf/targets/linux-64'), { recursive: true });
  assert.deepEqual(await verdict(), [3, 'not-held']);
  await channel.serve(own.folder);
  channel.server.answerAll(() => ({ reset: true }));
  await using client = channel.startRecordClient();
  const lost = await client.check(`${channel.url}/${BETA}`, beta);
  assert.deepEqual([lost.exit, lost.code], [3, 'unreachable']);
  // Nobody waits a second time.
  const { sha256 } = beta;
  const file = 'beta-2.0-h2_0.conda';
  const told = await client.ask('check-file', { channels: [channel.url, 'https://other.example/x'], file, sha256 });
  assert.deepEqual([told.exit, told.code], [3, 'unreachable']);
});

test('follows base_url within the channel', async () => {
  const own = await ChannelOwner.make();
  after(() => own.remove());
  await editIndex(own.folder, 'linux-64', (index) => {
    index.info.base_url = '../pool/linux-64';
    index.repodata_version = 2;
    delete index.signatures;
  });
  await own.sign();
  await using channel = await StagedChannel.of(own);
  await using client = channel.startRecordClient();
  const moved = BETA.replace('linux-64', 'pool/linux-64');
  assert.equal((await client.check(`${channel.url}/${moved}`, { ...beta, url: `${channel.url}/${moved}` })).ok, true);
  assert.equal((await client.check(`${channel.url}/${moved.replace('pool', 'pond')}`, beta)).code, 'not-trusted');
  assert.equal((await client.check(`${channel.url}/${moved}`, { ...beta, subdir: 'noarch' })).code, 'not-trusted');
  const { sha256 } = beta;
  assert.equal((await client.ask('check-file', { url: `${channel.url}/${moved}`, sha256 })).file, BETA);
  const other = { url: `${channel.url}/${moved}`, sha256: '0'.repeat(64) };
  assert.equal((await client.ask('check-file', other)).code, 'hash-mismatch');
  const elsewhere = { url: `${channel.url}/${moved.replace('pool', 'pond')}`, sha256 };
  assert.equal((await client.ask('check-file', elsewhere)).code, 'not-trusted');
});
