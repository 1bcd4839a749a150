/** Forms of an index that tell different stories, behind the gateway. */
import assert from 'node:assert/strict';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, coverListedNames, editIndex, KeyThief, recordOf, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

for (const name of ['repodata.json', 'repodata.json.bz2', 'current_repodata.json.zst', 'run_exports.json.zst']) {
  test(`serves nothing of the channel where ${name} is not what was signed`, async () => {
    await using channel = await StagedChannel.of(owner);
    await channel.edit(`linux-64/${name}`, (bytes) => Buffer.concat([bytes, Buffer.from(' ')]));
    await coverListedNames(channel.folder);
    await using gateway = await channel.gateway();
    for (const path of [`linux-64/${name}`, 'linux-64/repodata.json.zst', 'noarch/repodata.json.zst']) {
      assert.equal((await gateway.json(`/good/${path}`, 451)).code, 'length-mismatch');
    }
  });
}

test('serves nothing of a channel whose forms differ under a good signature', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index, name) => {
    if (name === 'current_repodata.json') recordOf(index, 'beta-2.0-h2_0.conda').depends = ['evil'];
  });
  await thief.republish(channel.folder);
  await using gateway = await channel.gateway();
  assert.equal((await gateway.json('/good/noarch/repodata.json', 451)).code, 'forms-differ');
});

test('serves no shard that differs from the index under a good signature, and nothing beside it from then on', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    recordOf(index, 'beta-2.0-h2_0.conda').depends = [];
  });
  for (const name of await readdir(join(owner.folder, 'linux-64'))) {
    if (!/^(current_)?repodata\.json/.test(name)) continue;
    await copyFile(join(owner.folder, 'linux-64', name), join(channel.folder, 'linux-64', name));
  }
  await thief.republish(channel.folder);
  await using sharded = await channel.gateway();
  const shards = await shardsOf(channel);
  const answers = await Promise.all(shards.map((shard) => sharded.ask(`/good/linux-64/${shard}`)));
  const codes = answers.filter(({ status }) => status === 451).map(({ body }) => JSON.parse(String(body)).code);
  assert.ok(codes.includes('forms-differ'), codes.join());
  assert.equal((await sharded.ask('/good/noarch/repodata.json')).status, 451);
});

async function shardsOf(channel: StagedChannel): Promise<string[]> {
  return (await readdir(join(channel.folder, 'linux-64'))).filter((name) => /^[0-9a-f]{64}\./.test(name));
}
