/** The machine's clock set back, to revive what had expired. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const DAY = 86_400_000;
const owner = await ChannelOwner.make({ init: ['--expiry', 'timestamp=3'] });
const first = await owner.copy('first');
after(() => owner.remove());

test('what had expired by the last accepted time stays expired when the clock is set back', async () => {
  // The next publication, made four days on, was seen by the consumer then.
  const later = await ChannelOwner.make({ clock: 4 * DAY });
  after(() => later.remove());
  await using channel = await StagedChannel.of(later);
  channel.clock = 6 * DAY;
  await channel.accept('verify', 'channel', channel.url);
  // Good until day 7, by a clock that is right again or set back a little.
  channel.clock = 5 * DAY;
  await channel.accept('verify', 'channel', channel.url);
  channel.clock = 8 * DAY;
  await channel.refused({ status: 1, code: 'expired' }, 'verify', 'channel', channel.url);
  channel.clock = 0;
  await channel.accept('verify', 'channel', channel.url);
});

test('an expired timestamp that is refused once by the right clock is refused by one set back', async () => {
  await using channel = await StagedChannel.of(owner, { from: first });
  channel.clock = 2.9 * DAY;
  await channel.accept('verify', 'channel', channel.url);
  // A newer publication, seen on day 4; then the server goes back to nothing newer, and the clock to day 2.
  const renewed = await renewedOn(3.5);
  await channel.serve(renewed);
  channel.clock = 4 * DAY;
  await channel.accept('verify', 'channel', channel.url);
  await channel.serve(first);
  channel.clock = 2 * DAY;
  await channel.refused({ status: 1, code: ['rollback', 'expired'] }, 'verify', 'channel', channel.url);
  await channel.serve(renewed);
  await channel.accept('verify', 'channel', channel.url);
});

test('roles that expired by the last accepted time are refused though the clock says otherwise', async () => {
  const short = await ChannelOwner.make({ init: ['--expiry', 'timestamp=20', '--expiry', 'snapshot=30'] });
  after(() => short.remove());
  await using channel = await StagedChannel.of(short);
  channel.clock = 6 * DAY;
  await channel.accept('verify', 'channel', channel.url);
  // The index is good for seven days. It was last found good on day 6; on day 8 it is expired.
  channel.clock = 8 * DAY;
  const told = await channel.verify();
  assert.deepEqual({ status: told.status, code: told.document.code }, { status: 1, code: 'expired' }, told.stdout);
  // Its timestamp was accepted on day 8, and that is remembered.
  channel.clock = 0;
  const back = await channel.verify();
  assert.deepEqual({ status: back.status, code: back.document.code }, { status: 1, code: 'expired' }, back.stdout);
  // A fixed time is not the machine's clock: it may lie before the last accepted time.
  const at = new Date(Date.now() + DAY).toISOString().replace(/\.\d+Z/, 'Z');
  await channel.accept('verify', 'channel', channel.url, '--at', at);
});

/** The owner's channel, its online roles signed anew so many days on. */
async function renewedOn(days: number): Promise<string> {
  const folder = await owner.copy(`day ${days}`);
  const told = await owner.tryRunAt(days * DAY, 'refresh', folder);
  assert.equal(told.status, 0, told.stdout + told.stderr);
  return folder;
}
