/** A shard that is another one, behind the gateway: the channel is refused whole, until it is mended. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

test('serves no shard that does not hash to its name, and no index beside it', async () => {
  await using channel = await StagedChannel.of(owner);
  const shard = (await readdir(join(channel.folder, 'linux-64'))).find((name) => /^[0-9a-f]{64}\./.test(name));
  const path = `linux-64/${shard}`;
  await using gateway = await channel.gateway();
  await channel.edit(path, (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
  assert.equal((await gateway.json(`/good/${path}`, 451)).code, 'hash-mismatch');
  for (const index of ['noarch/repodata.json', 'linux-64/repodata_shards.msgpack.zst']) {
    assert.equal((await gateway.json(`/good/${index}`, 451)).code, 'hash-mismatch');
  }
  // A refresh that does not look at the shard would find the channel good.
  assert.equal((await gateway.refresh('good')).ok, false);
  await gateway.json('/good/noarch/repodata.json', 451);
  await channel.serve(owner.folder);
  assert.equal((await gateway.refresh('good')).ok, true);
  assert.equal((await gateway.ask(`/good/${path}`)).status, 200);
  assert.equal((await gateway.ask('/good/noarch/repodata.json')).status, 200);
});
