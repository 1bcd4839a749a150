/** Another root of a version that is there already. */
import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, forgedRoot, KeyThief, StagedChannel, seededSigner } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const keys = thief.keysOf('root');
const evil = [seededSigner('same version')];

test('refuses the trusted root once more as the next one', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await cp(join(channel.folder, 'tuf/1.root.json'), join(channel.folder, 'tuf/2.root.json'));
  const refusal = { status: 1, code: ['version-mismatch', 'rollback'], names: /root/ } as const;
  await channel.refused(refusal, 'verify', 'channel', channel.url);
});

test('refuses another root 1 as the next one, though the owner’s keys signed it', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const root = await forgedRoot(owner.folder, { keys: evil, threshold: 1, signers: [...keys, ...evil], version: 1 });
  await writeFile(join(channel.folder, 'tuf/2.root.json'), root);
  const refusal = { status: 1, code: ['version-mismatch', 'rollback'], names: /root/ } as const;
  await channel.refused(refusal, 'verify', 'channel', channel.url);
});

test('does not look at another root 1 where the trusted one stands, nor at another root 2 once there was one', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const second = await forgedRoot(owner.folder, { keys, signers: keys, version: 2 });
  await writeFile(join(channel.folder, 'tuf/2.root.json'), second);
  await channel.accept('verify', 'channel', channel.url);
  const before = await channel.store();
  for (const version of [1, 2]) {
    const root = await forgedRoot(owner.folder, { keys: evil, threshold: 1, signers: [...keys, ...evil], version });
    await writeFile(join(channel.folder, `tuf/${version}.root.json`), root);
  }
  await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(await channel.store(), before);
});
