/** Packages that are younger than the policy lets pass, also with forged times: they are in no index until they are old enough. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, KeyThief, type RunningGateway, recordOf, StagedChannel } from '@antivenom/testkit';

const HOUR = 3_600_000;
const DELTA = 'delta-4.0-0.conda';
const GAMMA = 'gamma-3.0-0.conda';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
const before = await owner.copy('before');
await owner.publish({ name: 'delta', version: '4.0', build: '0', subdir: 'noarch' });
after(() => owner.remove());

async function config(channel: StagedChannel, members: string): Promise<string[]> {
  const [, file = ''] = await channel.policy(`channels: [{name: good, url: "${channel.url}", ${members}}]`);
  return ['--config', file];
}

async function start(channel: StagedChannel, members: string): Promise<RunningGateway> {
  return channel.gateway(...(await config(channel, members)));
}

async function offered(gateway: RunningGateway): Promise<string[]> {
  const { packages, 'packages.conda': conda } = await gateway.json('/good/noarch/repodata.json');
  return [...Object.keys(packages), ...Object.keys(conda)].sort();
}

test('a package waits from its first sight on; what was there at the first run does not', async () => {
  await using channel = await StagedChannel.of(owner, { from: before });
  {
    await using gateway = await start(channel, 'cooldown: 3h');
    assert.deepEqual(await offered(gateway), [GAMMA]);
    await channel.serve(owner.folder);
    await gateway.refresh('good');
    assert.deepEqual(await offered(gateway), [GAMMA]);
    const problem = await gateway.json(`/good/noarch/${DELTA}`, 403);
    assert.equal(problem.code, 'policy-refused');
    assert.match(problem.detail, /waits until/);
    const { leftOut } = await gateway.json('/api/v1/channels/good/left-out');
    assert.deepEqual(
      leftOut.map(({ file }: { file: string }) => file),
      [`noarch/${DELTA}`],
    );
  }
  // Remembered over a restart, and over at last.
  for (const [clock, expected] of [
    [2 * HOUR, [GAMMA]],
    [4 * HOUR, [DELTA, GAMMA]],
  ] as const) {
    channel.clock = clock;
    await using gateway = await start(channel, 'cooldown: 3h');
    assert.deepEqual(await offered(gateway), expected);
    assert.equal((await gateway.ask(`/good/noarch/${DELTA}`)).status, clock > 3 * HOUR ? 200 : 403);
  }
});

test('a forged time makes nothing older where times are not believed', async () => {
  await using channel = await StagedChannel.of(owner, { from: before });
  await using gateway = await start(channel, 'cooldown: 3h');
  await channel.serve(owner.folder);
  await editIndex(channel.folder, 'noarch', (index) => {
    recordOf(index, DELTA).indexed_timestamp = 1000;
  });
  await thief.republish(channel.folder);
  await gateway.refresh('good');
  assert.deepEqual(await offered(gateway), [GAMMA]);
});

test('where signed times are believed, they count, the first time too; one in the future waits', async () => {
  await using channel = await StagedChannel.of(owner);
  const now = Date.now();
  await editIndex(channel.folder, 'noarch', (index) => {
    for (const [file, time] of [
      [GAMMA, now - 4 * HOUR],
      [DELTA, now - HOUR],
    ] as const) {
      const record = recordOf(index, file);
      if (record) record.indexed_timestamp = time;
      delete index.signatures[file];
    }
  });
  await thief.republish(channel.folder);
  await using gateway = await start(channel, 'cooldown: 3h, trustTimestamps: true');
  assert.deepEqual(await offered(gateway), [GAMMA]);
  channel.clock = 2.5 * HOUR;
  await using later = await start(channel, 'cooldown: 3h, trustTimestamps: true');
  assert.deepEqual(await offered(later), [DELTA, GAMMA]);
});

test('a command that would not hold packages back says so, and a mistake has a place', async () => {
  await using channel = await StagedChannel.of(owner);
  const [, file = ''] = await config(channel, 'cooldown: 3h');
  const verified = await channel.tell('verify', 'channel', channel.url, '--policy', file);
  assert.equal(verified.status, 2);
  assert.match(verified.stderr, /^\S+:1:\d+: `cooldown` is enforced by the gateway alone/m);
  const told = await channel.tell('gateway', ...(await config(channel, 'cooldown: soon')));
  assert.equal(told.status, 2);
  assert.match(told.stderr, /^\S+policy\.yaml:1:\d+: `cooldown` must be/m);
});
