/** An older version of each role, signed with the role’s own keys, after a newer one was seen. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, KeyThief, type Signed, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
/** One generation on in every role, `targets` too. */
const newest = await owner.copy('newest');
await thief.republish(newest, { targets: () => {} });
after(() => owner.remove());

const ROLLBACKS: Readonly<Record<string, Parameters<KeyThief['republish']>[1]>> = {
  timestamp: { timestamp: (signed) => lower(signed) },
  snapshot: {
    snapshot: (signed) => lower(signed),
    timestamp: (signed) => lower(signed.meta['snapshot.json']),
  },
  targets: { snapshot: (signed) => lower(signed.meta['targets.json']) },
  index: { snapshot: (signed) => lower(signed.meta['index.json']) },
};

function lower(stated: Signed): void {
  stated.version = 1;
}

for (const [role, forgeries] of Object.entries(ROLLBACKS)) {
  test(`refuses an older ${role}`, async () => {
    await using channel = await StagedChannel.of(owner, { from: newest, seen: true });
    const before = await channel.store();
    await thief.republish(channel.folder, forgeries);
    const { status, document } = await channel.verify();
    assert.deepEqual({ status, code: document.code }, { status: 1, code: 'rollback' }, JSON.stringify(document));
    assert.match(document.message, RegExp(role));
    const kept = await channel.store();
    // What was new, proved and came before the older role may be kept; of the older role nothing.
    for (const [file, hash] of before) {
      if (!file.endsWith('timestamp.json') || role === 'timestamp') assert.equal(kept.get(file), hash, file);
    }
    await channel.serve(newest);
  });
}

test('refuses a snapshot that leaves out a role it had', async () => {
  await using channel = await StagedChannel.of(owner, { from: newest, seen: true });
  await thief.republish(channel.folder, { snapshot: (signed) => void delete signed.meta['index.json'] });
  const { status, document } = await channel.verify();
  assert.equal(status, 1, JSON.stringify(document));
  assert.ok(['rollback', 'missing'].includes(document.code), document.code);
});

test('refuses the older files of the owner, one by one', async () => {
  await using channel = await StagedChannel.of(owner, { from: newest, seen: true });
  await cp(join(owner.folder, 'tuf/timestamp.json'), join(channel.folder, 'tuf/timestamp.json'));
  await channel.refused({ status: 1, code: 'rollback', names: /timestamp/ }, 'verify', 'channel', channel.url);
});

test('refuses an older key_mgr where records are all there is', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  await thief.resignKeyMgr(channel.folder, (signed) => {
    signed.version = 2;
  });
  await channel.accept('verify', 'channel', channel.url);
  await cp(join(owner.folder, 'cct/key_mgr.json'), join(channel.folder, 'cct/key_mgr.json'));
  await channel.refused({ status: 1, code: 'rollback', names: /key_mgr/ }, 'verify', 'channel', channel.url);
});

test('a key_mgr that the signed targets do not list is refused, older or newer', async () => {
  for (const version of [1, 2]) {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await thief.resignKeyMgr(channel.folder, (signed) => {
      signed.version = version;
      signed.timestamp = '2020-01-01T00:00:00Z';
    });
    await channel.refused(
      { status: 1, code: ['hash-mismatch', 'length-mismatch', 'rollback'], names: /key_mgr/ },
      ...['verify', 'channel', channel.url],
    );
  }
});
