/** Bodies that never end, behind the gateway: none is read beyond what was signed, and nothing of it stays on the disk. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const PACKAGE = 'noarch/gamma-3.0-0.conda';

test('stops at the signed length of a package, whatever the client asks for', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  const bytes = async () =>
    Number(/upstream_bytes_total\{channel="good"\} (\d+)/.exec(String((await gateway.ask('/metrics')).body))?.[1]);
  const before = await bytes();
  channel.answer(PACKAGE, { endless: true });
  for (const asked of [{}, { method: 'HEAD' }, { headers: { range: 'bytes=0-1' } }]) {
    assert.equal((await gateway.ask(`/good/${PACKAGE}`, asked)).status, 502);
  }
  assert.ok((await bytes()) - before < 3_000_000);
  assert.deepEqual(await readdir(join(channel.home, 'cache/incoming')), []);
  channel.answer(PACKAGE, undefined);
  assert.equal((await gateway.ask(`/good/${PACKAGE}`)).status, 200);
});

test('an endless index has the channel refused, and not before it can be', async () => {
  await using channel = await StagedChannel.of(owner);
  channel.server.answerAll((path) => (path.endsWith('repodata.json.zst') ? { endless: true } : undefined));
  await using gateway = await channel.gateway();
  assert.equal((await gateway.json('/good/noarch/repodata.json', 451)).code, 'length-mismatch');
});
