/** A server that goes on serving what it has, and never anything newer. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const DAY = 86_400_000;
const owner = await ChannelOwner.make();
after(() => owner.remove());

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+Z/, 'Z');
}

test('a frozen channel is accepted until its timestamp expires, and refused from then on', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const [days, status] of [
    [0, 0],
    [2.9, 0],
    [3.1, 1],
    [8, 1],
    [400, 1],
  ] as const) {
    const told = await channel.verify('--at', inDays(days));
    assert.equal(told.status, status, `in ${days} days: ${told.stdout}`);
    if (status === 1) assert.equal(told.document.code, 'expired');
  }
});

test('so it is by the machine’s own clock, for channels, packages and updates', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  channel.clock = 2.9 * DAY;
  await channel.accept('verify', 'channel', channel.url);
  channel.clock = 3.1 * DAY;
  const refusal = { status: 1, code: 'expired', names: /timestamp/ } as const;
  await channel.refused(refusal, 'verify', 'channel', channel.url);
  await channel.refused(refusal, 'trust', 'update');
  const file = `${channel.url}/noarch/gamma-3.0-0.conda`;
  await channel.refused(refusal, 'verify', 'package', file, '--channel', channel.url);
});

test('a newcomer is refused too, though trust may be added', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  channel.clock = 4 * DAY;
  await channel.accept('trust', 'add', channel.url, '--fingerprint', owner.rootFingerprint);
  await channel.refused({ status: 1, code: 'expired' }, 'verify', 'channel', channel.url);
});
