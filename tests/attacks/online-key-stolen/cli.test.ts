/** Online keys in a thief's hands, who runs far ahead with the versions; then their owner gives the roles other ones. */
import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, KeyThief, readRoles, type Signed, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
const before = await owner.copy('before');
after(() => owner.remove());

const AHEAD = 1_000_000;

/** Signed by each stolen key, all versions out of the owner's reach. */
async function runAhead(folder: string): Promise<void> {
  const { snapshot, index } = readRoles(folder);
  const ahead = (signed: Signed) => {
    signed.version = AHEAD;
  };
  await thief.republish(folder, { index: ahead, snapshot: ahead, timestamp: ahead });
  for (const [role, { version }] of Object.entries({ snapshot, index })) {
    await cp(join(folder, `tuf/${version + 1}.${role}.json`), join(folder, `tuf/${AHEAD}.${role}.json`));
  }
}

test('a rotation brings consumers back from the versions of the thief, whom they believe no more', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await runAhead(channel.folder);
  assert.equal((await channel.verify()).status, 0, 'one stolen role after the other is all that it takes');
  await channel.serve(before);
  await channel.refused({ status: 1, code: 'rollback' }, 'verify', 'channel', channel.url);

  for (const role of ['timestamp', 'snapshot', 'index']) {
    const { stdout } = await owner.run('rotate', owner.folder, role);
    assert.equal(JSON.parse(stdout).published, true);
  }
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
  assert.ok(JSON.parse(await readFile(join(channel.folder, 'tuf/timestamp.json'), 'utf8')).signed.version < AHEAD);

  await runAhead(channel.folder);
  await channel.refused({ status: 1, code: 'threshold-not-met', names: /timestamp/ }, 'verify', 'channel', channel.url);
  await channel.serve(owner.folder);
  await owner.publish({ name: 'delta', version: '1.0', build: '0', subdir: 'noarch' });
  await channel.serve(owner.folder);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.total, 5);
});

test('a newcomer starts with the first root, and follows to the keys of now', async () => {
  await using channel = await StagedChannel.of(owner);
  await channel.accept('verify', 'channel', channel.url);
});

test('records that a stolen pkg_mgr key signs count for nothing once it is revoked', async () => {
  await owner.run('rotate', owner.folder, 'pkg_mgr');
  await using channel = await StagedChannel.of(owner, { seen: true });
  const policy = await channel.policy(`channels:\n  - {name: good, url: "${channel.url}", require: [index, record]}\n`);
  await channel.accept('verify', 'channel', channel.url, ...policy);
  await owner.sign();
  await channel.serve(owner.folder);
  const accepted = await channel.accept('verify', 'channel', channel.url, ...policy);
  assert.deepEqual([accepted.records.signed, accepted.refused], [accepted.records.total, []]);
  const index = JSON.parse(await readFile(join(channel.folder, 'noarch/repodata.json'), 'utf8'));
  const [stolen] = thief.keysOf('pkg_mgr');
  assert.ok(stolen !== undefined);
  const old = Buffer.from(stolen.publicKey.bytes).toString('hex');
  for (const byKey of Object.values<object>(index.signatures)) assert.ok(!(old in byKey));
});
