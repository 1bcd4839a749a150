/** An older, validly signed publication served to someone who has seen a newer one. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, KeyThief, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const first = await owner.copy('first');
await owner.publish({ name: 'delta', version: '4.0', subdir: 'noarch' });
const thief = await KeyThief.of(owner);
after(() => owner.remove());

test('refuses the whole older publication, and a newcomer takes it while it is unexpired', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await channel.serve(first);
  await channel.refused({ status: 1, code: 'rollback', names: /timestamp/ }, 'verify', 'channel', channel.url);
  await channel.refused({ status: 1, code: 'rollback' }, 'trust', 'update');
  await channel.refused(
    { status: 1, code: 'rollback' },
    ...['verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url],
  );
  await channel.serve(owner.folder);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.total, 5);

  await using newcomer = await StagedChannel.of(owner, { from: first });
  await newcomer.accept('verify', 'channel', newcomer.url);
});

test('what a check at a fixed time saw is not remembered, and what was remembered holds there too', async () => {
  await using channel = await StagedChannel.of(owner);
  const at = ['--at', new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z')];
  const before = await channel.store();
  await channel.accept('verify', 'channel', channel.url, ...at);
  assert.deepEqual(await channel.store(), before);
  await channel.serve(first);
  await channel.accept('verify', 'channel', channel.url);
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
  await channel.serve(first);
  await channel.refused({ status: 1, code: 'rollback' }, 'verify', 'channel', channel.url, ...at);
});

test('refuses an older timestamp beside the newer files', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await cp(join(first, 'tuf/timestamp.json'), join(channel.folder, 'tuf/timestamp.json'));
  await channel.refused({ status: 1, code: 'rollback', names: /timestamp/ }, 'verify', 'channel', channel.url);
});

test('refuses it too where a folder is the channel', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  await channel.accept('trust', 'add', channel.folder, '--fingerprint', owner.rootFingerprint);
  await channel.accept('verify', 'channel', channel.folder);
  await channel.serve(first);
  await channel.refused({ status: 1, code: 'rollback' }, 'verify', 'channel', channel.folder);
});

test('refuses an index that fell, under a new snapshot and timestamp signed with stolen keys', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await thief.republish(channel.folder, {
    index: (signed) => Object.assign(signed, { version: 1 }),
    snapshot: (signed) => Object.assign(signed.meta['index.json'], { version: 1 }),
  });
  const told = await channel.verify();
  assert.deepEqual({ status: told.status, code: told.document.code }, { status: 1, code: 'rollback' }, told.stdout);
  assert.match(told.document.message, /index/);
});
