/** Earlier files of mamba's chain, put back at the channel's base after newer ones were published. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, readAsMamba, StagedChannel } from '@antivenom/testkit';

const DAY = 86_400_000;
const owner = await ChannelOwner.make({ init: ['--for', 'conda,mamba'] });
after(() => owner.remove());
const earlier = await owner.copy('earlier');
const refreshed = await owner.tryRunAt(5 * DAY, 'refresh', owner.folder);
assert.equal(refreshed.status, 0, refreshed.stdout + refreshed.stderr);

test('an earlier pkg_mgr at the base is named as behind, and mamba refuses it once it has expired', async () => {
  const before = await readFile(join(earlier, 'pkg_mgr.json'));
  assert.notDeepEqual(await readFile(join(owner.folder, 'pkg_mgr.json')), before);
  await using channel = await StagedChannel.of(owner);
  channel.clock = 5 * DAY;
  const good = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(good.behind, []);
  await writeFile(join(channel.folder, 'pkg_mgr.json'), before);
  const { behind } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(behind, [{ file: 'pkg_mgr.json' }]);
  const inEightDays = Date.now() + 8 * DAY;
  assert.equal((await readAsMamba(owner.folder, { now: inEightDays })).signed, 4);
  await assert.rejects(readAsMamba(channel.folder, { now: inEightDays }), { code: 'expired' });
});

test('the earlier publication as a whole is refused after the newer one was seen', async () => {
  await using channel = await StagedChannel.of(owner);
  channel.clock = DAY;
  await channel.accept('verify', 'channel', channel.url);
  await channel.serve(earlier);
  await channel.refused({ status: 1, code: 'rollback' }, 'verify', 'channel', channel.url);
});
