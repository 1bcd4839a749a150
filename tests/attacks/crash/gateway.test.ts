/** The gateway, killed while it downloads: the next one serves what is verified, and nothing of what was under way. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelOwner, folderContents, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

test('a gateway that is killed leaves no file in its cache that is not what its name says', async () => {
  await using channel = await StagedChannel.of(owner);
  const honest = await readFile(join(channel.folder, PACKAGE));
  channel.answer(PACKAGE, { trickle: { bytes: 50, everyMs: 20 } });
  const gateway = await channel.gateway();
  const asked = gateway.ask(`/good/${PACKAGE}`).then(
    () => 'answered',
    () => 'cut',
  );
  const incoming = join(channel.home, 'cache/incoming');
  while ((await readdir(incoming)).length === 0) await sleep(5);
  await gateway.kill();
  assert.equal(await asked, 'cut');
  for (const file of (await folderContents(join(channel.home, 'cache/sha256'))).keys()) {
    const bytes = await readFile(join(channel.home, 'cache/sha256', file));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), file.slice(3));
  }
  channel.answer(PACKAGE, undefined);
  await using next = await channel.gateway();
  assert.deepEqual((await next.ask(`/good/${PACKAGE}`)).body, honest);
  assert.equal((await next.ask('/good/noarch/repodata.json')).status, 200);
});
