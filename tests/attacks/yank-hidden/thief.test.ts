/** A package that its owner took back, and a thief of online keys who has it offered again. */
import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type Answered,
  assertRefused,
  ChannelOwner,
  type Document,
  KeyThief,
  type Signed,
  StagedChannel,
  stage,
} from '@antivenom/testkit';

const BAD = 'linux-64/beta-2.0-h2_0.conda';
const YANKED = 'antivenom/yanked.json';
const EMPTY = Buffer.from('{"version": 1, "yanked": []}');

const owner = await ChannelOwner.make();
const before = await owner.copy('before');
const record = await recordIn(before);
await owner.run('yank', owner.folder, BAD, '--reason', 'steals credentials');
const thief = await KeyThief.of(owner);
after(() => owner.remove());

async function recordIn(folder: string): Promise<Document> {
  const index = JSON.parse(await readFile(join(folder, 'linux-64/repodata.json'), 'utf8'));
  return index['packages.conda'][BAD.split('/')[1] ?? ''];
}

/** Has the index list the package again, in every form. */
async function listAgain(folder: string): Promise<void> {
  for (const name of ['linux-64', 'noarch']) await cp(join(before, name), join(folder, name), { recursive: true });
}

/** The yank's own role with an empty list, as only a thief of its key can sign it. */
async function emptyList(folder: string) {
  const facts = await stage(folder, YANKED, EMPTY);
  return (yank: Signed) => {
    yank.targets[YANKED] = facts;
  };
}

function refusedAs(answer: Answered, code: string, names: RegExp): void {
  assertRefused(answer, { status: 1, code, names });
}

/** By every way that a consumer may take to the package. */
async function refusesYanked(channel: StagedChannel): Promise<void> {
  refusedAs(await channel.verify(), 'yanked', /steals credentials/);
  const file = join(before, BAD);
  refusedAs(await channel.run('verify', 'package', file, '--channel', channel.url), 'yanked', /steals credentials/);
  await using client = channel.startRecordClient();
  const verdict = await client.check(`${channel.url}/${BAD}`, record);
  assert.deepEqual([verdict.ok, verdict.code], [false, 'yanked']);
  await using gateway = await channel.gateway();
  const refusal = await gateway.json(`/good/${BAD}`, 403);
  assert.deepEqual([refusal.code, /steals credentials/.test(refusal.detail)], ['yanked', true]);
  for (const form of ['repodata.json', 'current_repodata.json']) {
    const index = await gateway.json(`/good/linux-64/${form}`);
    assert.ok(!JSON.stringify(index.packages).includes('beta') && !(BAD.slice(9) in index['packages.conda']), form);
  }
}

test('what its owner published passes without the package, and says of it that it is yanked', async () => {
  await using channel = await StagedChannel.of(owner);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.total, 3);
  const file = join(before, BAD);
  refusedAs(await channel.run('verify', 'package', file, '--channel', channel.url), 'yanked', /steals credentials/);
  refusedAs(await channel.verifyPackage(BAD), 'yanked', /steals credentials/);
  await using client = channel.startRecordClient();
  const verdict = await client.check(`${channel.url}/${BAD}`, record);
  assert.deepEqual([verdict.ok, verdict.code], [false, 'yanked']);
  await using gateway = await channel.gateway();
  const refusal = await gateway.json(`/good/${BAD}`, 403);
  assert.deepEqual([refusal.code, /steals credentials/.test(refusal.detail)], ['yanked', true]);
  // Whoever takes the channel from the gateway reads the lists there.
  await channel.accept('trust', 'add', `${gateway.url}/good`, '--fingerprint', owner.rootFingerprint);
  await channel.accept('verify', 'channel', `${gateway.url}/good`);
});

test('a thief of the index key lists it again: refused by name wherever it is asked for', async () => {
  await using channel = await StagedChannel.of(owner);
  await listAgain(channel.folder);
  await thief.republish(channel.folder);
  await refusesYanked(channel);
});

test('with the key of the list too, only newcomers can be deceived, and nobody once an offline role lists it', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await using newcomer = await StagedChannel.of(owner);
  for (const { folder } of [channel, newcomer]) {
    await listAgain(folder);
    await thief.republish(folder, { yank: await emptyList(folder) });
  }
  await refusesYanked(channel);
  // What `status` says of the time between two offline signings.
  const { yanked: files, yankWindow } = await channel.accept('status', owner.folder);
  assert.deepEqual([files.length, files[0].offline], [1, false]);
  assert.match(yankWindow, /could hide the yank since the last offline signing, from consumers who have not seen it/);
  await newcomer.accept('verify', 'channel', newcomer.url);

  await owner.run('renew', owner.folder);
  const settled = await channel.accept('status', owner.folder);
  assert.deepEqual([settled.yanked[0].offline, /no yank that stands/.test(settled.yankWindow)], [true, true]);
  await using late = await StagedChannel.of(owner);
  await listAgain(late.folder);
  await thief.republish(late.folder, { yank: await emptyList(late.folder) });
  await refusesYanked(late);

  for (const role of ['timestamp', 'snapshot', 'index', 'yank']) await owner.run('rotate', owner.folder, role);
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});
