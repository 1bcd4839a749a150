/** An offline key lost, or stolen: fewer than must sign. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Signer } from '@antivenom/core';
import { channelStatus } from '@antivenom/publisher';
import { ChannelOwner, forgedRoot, KeyThief, readRoles, StagedChannel, seededSigner } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

async function publicKey(file: string): Promise<string> {
  return JSON.parse(await readFile(join(owner.keys, 'offline', file), 'utf8')).public;
}

async function keysOf(role: string): Promise<readonly string[]> {
  const { roles } = await channelStatus(owner.folder, { now: Date.now() });
  return roles.find(({ name }) => name === role)?.keys ?? [];
}

test('a lost key of the root is replaced by the others, and consumers follow', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const key = await publicKey('root-1.json');
  await rename(join(owner.keys, 'offline/root-1.json'), join(owner.place, 'lost.json'));
  const before = await keysOf('root');
  await owner.run('rotate', owner.folder, 'root', '--key', key);
  const now = await keysOf('root');
  assert.deepEqual([now.length, before.filter((id) => now.includes(id)).length], [3, 2]);
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});

test('a stolen key of targets is revoked, and what it signs with another one counts no more', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const key = await publicKey('targets-2.json');
  const { stdout } = await owner.run('revoke', owner.folder, key.slice(0, 16));
  assert.deepEqual(JSON.parse(stdout).retired, ['offline/retired/targets-2.json']);
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
  const [one, revoked, another] = thief.keysOf('targets');
  assert.ok(one !== undefined && revoked !== undefined && another !== undefined);
  for (const [signers, status, code] of [
    [[one, revoked], 1, 'threshold-not-met'],
    [[one, another], 0, undefined],
  ] as const) {
    await using other = await StagedChannel.of(owner, { seen: true });
    await signTargets(other.folder, signers);
    const told = await other.verify();
    assert.deepEqual([told.status, told.document.code], [status, code], told.stdout);
  }
});

/** The next targets, by these, in a publication of the online keys. */
async function signTargets(folder: string, signers: readonly Signer[]): Promise<void> {
  const { targets } = readRoles(folder);
  targets.version++;
  const bytes = await thief.signWith(targets, signers);
  await writeFile(join(folder, `tuf/${targets.version}.targets.json`), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await thief.republish(folder, {
    snapshot: ({ meta }) => {
      meta['targets.json'] = { version: targets.version, length: bytes.length, hashes: { sha256 } };
    },
  });
}

test('the last key but the threshold cannot be revoked, and is rotated', async () => {
  const key = await publicKey('targets-1.json');
  const told = await owner.tryRun('revoke', owner.folder, key);
  const { code, hint } = JSON.parse(told.stdout);
  assert.deepEqual([told.status, code], [2, 'usage']);
  assert.match(hint, /rotate/);
  await owner.run('rotate', owner.folder, 'targets', '--key', key);
});

test('a root that the old keys sign after they were rotated is refused', async () => {
  await owner.run('rotate', owner.folder, 'root');
  await using channel = await StagedChannel.of(owner, { seen: true });
  const version = (await channelStatus(owner.folder, { now: Date.now() })).rootFingerprint.currentVersion + 1;
  const keys = ['one', 'other'].map(seededSigner);
  const bytes = await forgedRoot(channel.folder, { keys, signers: [...thief.keysOf('root'), ...keys], version });
  channel.answer(`tuf/${version}.root.json`, { body: bytes });
  await channel.refused({ status: 1, code: 'threshold-not-met', names: /root/ }, 'verify', 'channel', channel.url);
});
