/** Each role in turn past its expiry while all others are still good. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel, type StagedOptions } from '@antivenom/testkit';

const DAY = 86_400_000;
/** As `init --expiry` names them → as messages do. */
const ROLES = { root: /root/, targets: /targets/, index: /index/, snapshot: /snapshot/, timestamp: /timestamp/ };
const CCT_ROLES = { 'cct/root': /root/, 'cct/key_mgr': /key_mgr/ };
const ALL = [...Object.keys(ROLES), ...Object.keys(CCT_ROLES)];

function at(days: number): string[] {
  return ['--at', new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+Z/, 'Z')];
}

/** The channel of an owner who gave one role two days and all others ten. */
async function withShortLived(role: string, check: (owner: ChannelOwner) => Promise<void>): Promise<void> {
  const owner = await ChannelOwner.make({
    init: ALL.flatMap((each) => ['--expiry', `${each}=${each === role ? 2 : 10}`]),
  });
  after(() => owner.remove());
  await check(owner);
}

async function expires(owner: ChannelOwner, names: RegExp, options: StagedOptions = {}): Promise<void> {
  await using channel = await StagedChannel.of(owner, { ...options, seen: true });
  const file = ['verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url];
  await channel.accept('verify', 'channel', channel.url, ...at(1.9));
  await channel.refused({ status: 1, code: 'expired', names }, 'verify', 'channel', channel.url, ...at(2.1));
  await channel.refused({ status: 1, code: 'expired', names }, ...file, ...at(2.1));
}

for (const [role, names] of Object.entries(ROLES)) {
  test(`refuses an expired ${role}`, () => withShortLived(role, (owner) => expires(owner, names)));
}

for (const [role, names] of Object.entries(CCT_ROLES)) {
  test(`refuses an expired ${role} of conda-content-trust, beside the index and alone`, () =>
    withShortLived(role, async (owner) => {
      await expires(owner, names);
      const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
      await expires(owner, names, { trust });
    }));
}

test('a role that was issued in the future is no reason to refuse', async () => {
  const owner = await ChannelOwner.make({ clock: DAY });
  after(() => owner.remove());
  await using channel = await StagedChannel.of(owner);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.signed, 4);
});
