/** A next root that not both the old and the new keys signed in sufficient number. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Signer } from '@antivenom/core';
import { ChannelOwner, forgedRoot, KeyThief, StagedChannel, seededSigner } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const old = thief.keysOf('root');
const evil = ['first', 'second', 'third'].map((name) => seededSigner(`takeover ${name}`));
const [one, two] = old as [Signer, Signer];
const [evilOne, evilTwo] = evil as [Signer, Signer];

const TAKEOVERS: readonly [what: string, signers: readonly Signer[]][] = [
  ['nobody', []],
  ['its own new keys alone', evil],
  ['its own new keys and one of the old ones', [...evil, one]],
  ['the old keys alone', old],
  ['the old keys and one of its own', [...old, evilOne]],
];

for (const [what, signers] of TAKEOVERS) {
  test(`refuses a root signed by ${what}`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await writeFile(join(channel.folder, 'tuf/2.root.json'), await forgedRoot(owner.folder, { keys: evil, signers }));
    const refusal = { status: 1, code: ['threshold-not-met', 'bad-signature'], names: /root/ } as const;
    await channel.refused(refusal, 'verify', 'channel', channel.url);
    await channel.refused(refusal, 'trust', 'update');
    await channel.refused(
      refusal,
      ...['verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url],
    );
    await channel.serve(owner.folder);
    await channel.accept('verify', 'channel', channel.url);
  });
}

test('follows a root that enough of the old and of the new keys signed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const root = await forgedRoot(owner.folder, { keys: evil, signers: [one, two, evilOne, evilTwo] });
  await writeFile(join(channel.folder, 'tuf/2.root.json'), root);
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses a first root that is not the one trusted', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const root = await forgedRoot(owner.folder, { keys: evil, signers: evil, version: 1 });
  await writeFile(join(channel.folder, 'tuf/1.root.json'), root);
  await channel.refused(
    { status: 1, code: ['not-trusted', 'hash-mismatch'], names: /root/ },
    ...['trust', 'add', channel.url, '--fingerprint', owner.rootFingerprint],
  );
  await channel.refused({ status: 1, code: 'not-trusted' }, 'verify', 'channel', channel.url);
});
