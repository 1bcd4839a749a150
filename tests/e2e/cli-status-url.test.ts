import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

test('the roles of a channel are seen at its address as in its folder', async () => {
  await using channel = await StagedChannel.of(owner);
  const seen = await channel.accept('status', channel.url);
  const own = await channel.accept('status', owner.folder);
  assert.deepEqual(seen.roles, own.roles);
  assert.deepEqual(seen.roles.map(({ name }: { name: string }) => name).sort(), [
    'cct/key_mgr',
    'cct/root',
    'index',
    'root',
    'snapshot',
    'targets',
    'timestamp',
    'yank',
  ]);
  assert.equal(seen.rootFingerprint.first, owner.rootFingerprint);
  assert.deepEqual([seen.trusted, seen.problems], [true, []]);
});

test('a channel that nobody here trusts is shown with a warning, and nothing is kept of it', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const { status, stdout, stderr } = await channel.tell('status', channel.url);
  assert.equal(status, 0);
  assert.match(stderr, /is not trusted on this machine by this first root: compare its fingerprint/);
  assert.match(stdout, new RegExp(`First root: +${owner.rootFingerprint}`));
  assert.deepEqual(await channel.store(), new Map());
});

test('what has expired is named, and still shown', async () => {
  await using channel = await StagedChannel.of(owner);
  const { roles, problems } = await channel.accept('status', channel.url, '--at', '2099-01-01T00:00:00Z');
  assert.equal(problems.length, roles.length);
  assert.ok(roles.every(({ daysLeft }: { daysLeft: number }) => daysLeft < 0));
  assert.match(problems[0].message, /expired on .*consumers refuse the channel/);
});

test('a server that signs nothing, and one that does not answer, are told apart', async () => {
  await using channel = await StagedChannel.of(owner);
  const nothing = await channel.run('status', `${channel.url}/noarch`);
  assert.deepEqual([nothing.status, nothing.document.code], [1, 'missing']);
  channel.answer('tuf/timestamp.json', { reset: true });
  const silent = await channel.run('status', channel.url);
  assert.deepEqual([silent.status, silent.document.code], [3, 'unreachable']);
});
