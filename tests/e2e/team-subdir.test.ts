/** A team that signs the indexes of a subdir, from its keys to what consumers accept and refuse. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  assertRefused,
  ChannelOwner,
  editIndex,
  KeyThief,
  recordOf,
  runAntivenom,
  StagedChannel,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make({ init: ['--for', 'none'] });
const dir = join(owner.place, 'noarch-team');
const file = join(dir, 'noarch-team.json');
after(() => owner.remove());

async function team(...argv: string[]): Promise<void> {
  const common = ['--dir', dir, '--passphrase-file', join(dir, 'passphrase'), '--yes', '--json'];
  const told = await runAntivenom(['team', ...argv, ...common], { cwd: owner.place });
  assert.equal(told.status, 0, told.stdout + told.stderr);
}

test('a subdir is given to a team with its index, and no other key speaks of it from then on', async () => {
  await mkdir(dir);
  await writeFile(join(dir, 'passphrase'), 'of the team\n');
  await team('keys', 'noarch-team');
  await team('sign', 'noarch-team', owner.folder, '--subdir', 'noarch');
  const handedOver = ['--key', join(dir, 'noarch-team.pub'), '--signed', file];
  await owner.run('delegate', owner.folder, 'noarch-team', '--subdir', 'noarch', ...handedOver);

  await using channel = await StagedChannel.of(owner, { seen: true });
  const { records, subdirs } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual([records.total, records.refused, subdirs], [4, 0, ['linux-64', 'noarch']]);
  const { evidence } = await channel.accept(
    'verify',
    'package',
    `${channel.url}/noarch/gamma-3.0-0.conda`,
    '--channel',
    channel.url,
  );
  assert.deepEqual(evidence, ['index']);

  const thief = await KeyThief.of(owner);
  await editIndex(channel.folder, 'noarch', (index) => {
    recordOf(index, 'gamma-3.0-0.conda').sha256 = '0'.repeat(64);
  });
  await thief.republish(channel.folder);
  const told = await channel.verify();
  assertRefused(told, { status: 1, code: 'hash-mismatch', names: /noarch\/repodata\.json/ });
});

test('what the owner signs leaves the subdir alone, and what the team signs next is published with the online keys', async () => {
  await owner.publish({ name: 'delta', version: '4.0', build: '0', subdir: 'noarch' });
  await team('sign', 'noarch-team', owner.folder, '--subdir', 'noarch');
  await owner.run('team', 'publish', owner.folder, 'noarch-team', file);
  const status = JSON.parse((await owner.tryRun('status', owner.folder)).stdout || '{}');
  assert.deepEqual(status.problems ?? [], []);
  await using channel = await StagedChannel.of(owner);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.total, 5);
});

test('where the team’s word is missing, a newcomer is refused the channel, since a subdir could be hidden', async () => {
  await using channel = await StagedChannel.of(owner);
  const thief = await KeyThief.of(owner);
  await rm(join(channel.folder, 'noarch'), { recursive: true });
  await thief.republish(channel.folder, {
    snapshot: (signed) => {
      delete signed.meta['noarch-team.json'];
    },
  });
  assertRefused(await channel.verify(), { status: 1, code: 'missing', names: /noarch-team\.json/ });
});
