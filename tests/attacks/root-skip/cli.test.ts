/** A root that leaves a version out. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, forgedRoot, KeyThief, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const keys = thief.keysOf('root');

for (const version of [3, 4, 2 ** 40]) {
  test(`refuses root ${version} in the place of root 2, though the owner’s keys signed it`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    const root = await forgedRoot(owner.folder, { keys, signers: keys, version });
    await writeFile(join(channel.folder, 'tuf/2.root.json'), root);
    const refusal = { status: 1, code: 'version-mismatch', names: /root/ } as const;
    await channel.refused(refusal, 'verify', 'channel', channel.url);
    await channel.refused(refusal, 'trust', 'update');
  });
}

test('a root 3 without a root 2 is never reached, and both in turn are followed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await writeFile(
    join(channel.folder, 'tuf/3.root.json'),
    await forgedRoot(owner.folder, { keys, signers: keys, version: 3 }),
  );
  await channel.accept('verify', 'channel', channel.url);
  await writeFile(
    join(channel.folder, 'tuf/2.root.json'),
    await forgedRoot(owner.folder, { keys, signers: keys, version: 2 }),
  );
  await channel.accept('verify', 'channel', channel.url);
});
