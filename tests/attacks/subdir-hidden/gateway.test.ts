/** Behind the gateway: a client must not take a subdir for an empty one, so none of the channel's indexes is served. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, coverListedNames, editIndex, type RunningGateway, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const INDEXES = ['noarch/repodata.json', 'linux-64/repodata.json.zst', 'noarch/repodata_shards.msgpack.zst'];

async function assertRefused(gateway: RunningGateway, ...codes: readonly string[]): Promise<void> {
  for (const path of [...INDEXES, 'channeldata.json', 'osx-64/repodata.json', 'tuf/timestamp.json']) {
    const problem = await gateway.json(`/good/${path}`, 451);
    assert.ok(codes.includes(problem.code), `${path}: ${problem.code}`);
    assert.ok(problem.detail && problem.hint);
    assert.deepEqual([problem.channel, problem.file], ['good', path]);
  }
  assert.ok(codes.includes((await gateway.json('/good/noarch/gamma-3.0-0.conda', 403)).code));
  const { ready, reasons } = await gateway.json('/readyz', 503);
  assert.deepEqual([ready, reasons.length], [false, 1]);
}

test('refuses all indexes of a channel where one subdir’s is not what was signed', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => void Object.assign(index, { removed: ['x-1-0.conda'] }));
  await coverListedNames(channel.folder);
  await using gateway = await channel.gateway();
  await assertRefused(gateway, 'hash-mismatch', 'length-mismatch');
  await channel.serve(owner.folder);
  await gateway.refresh('good');
  assert.equal((await gateway.ask('/good/noarch/repodata.json')).status, 200);
});

test('refuses all indexes of a channel where one subdir is not there', async () => {
  await using channel = await StagedChannel.of(owner);
  await rm(join(channel.folder, 'linux-64'), { recursive: true });
  await rm(join(channel.folder, 'tuf/targets/linux-64'), { recursive: true });
  await using gateway = await channel.gateway();
  await assertRefused(gateway, 'not-held');
});

test('serves what was verified before, while upstream hides a subdir', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  await rm(join(channel.folder, 'linux-64'), { recursive: true });
  await rm(join(channel.folder, 'tuf'), { recursive: true });
  const { ok, serving, failure } = await gateway.refresh('good');
  assert.deepEqual([ok, serving, failure.code], [false, true, 'missing']);
  for (const path of INDEXES) assert.equal((await gateway.ask(`/good/${path}`)).status, 200, path);
  assert.equal((await gateway.ask('/readyz')).status, 200);
});

test('a channel that cannot be reached answers 504, and the others work', async () => {
  await using channel = await StagedChannel.of(owner);
  await using down = await StagedChannel.of(owner);
  await channel.accept('trust', 'add', down.url, '--fingerprint', owner.rootFingerprint);
  const downUrl = down.url;
  await down.server.close();
  await using gateway = await channel.gateway(
    '--channel',
    `down=${downUrl}`,
    '--channel',
    'never=http://127.0.0.1:9/x',
  );
  assert.equal((await gateway.json('/down/noarch/repodata.json', 504)).code, 'unreachable');
  assert.equal((await gateway.json('/down/noarch/gamma-3.0-0.conda', 504)).code, 'unreachable');
  assert.equal((await gateway.json('/never/noarch/repodata.json', 451)).code, 'not-trusted');
  assert.equal((await gateway.json('/never/noarch/gamma-3.0-0.conda', 403)).code, 'not-trusted');
  assert.equal((await gateway.ask('/good/noarch/repodata.json')).status, 200);
});

test('serves nothing once what was verified has expired, and nobody renews it', async () => {
  await using channel = await StagedChannel.of(owner);
  channel.clock = 2.9 * 86_400_000;
  await using gateway = await channel.gateway();
  assert.equal((await gateway.ask('/good/noarch/repodata.json')).status, 200);
  channel.clock = 3.1 * 86_400_000;
  await using later = await channel.gateway();
  await assertRefused(later, 'expired');
  const at = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, '');
  await using fixed = await channel.gateway('--at', at);
  assert.equal((await fixed.ask('/good/noarch/repodata.json')).status, 200);
});
