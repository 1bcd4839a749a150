/** One subdir's index refused or missing, so that a solver turns to another channel: the channel is refused whole. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, coverListedNames, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

test('refuses the channel whole where one subdir is refused, and says which', async () => {
  for (const subdir of ['linux-64', 'noarch']) {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await editIndex(channel.folder, subdir, (index) => void Object.assign(index, { removed: ['x-1-0.conda'] }));
    await coverListedNames(channel.folder);
    const code = ['hash-mismatch', 'length-mismatch'];
    const { refused, ok } = await channel.refused({ status: 1, code }, 'verify', 'channel', channel.url);
    assert.equal(ok, false);
    assert.ok(refused.length > 0);
    assert.ok(
      refused.every(({ file }: { file: string }) => file.startsWith(`${subdir}/`)),
      JSON.stringify(refused),
    );
  }
});

test('does not accept the channel where one subdir is not there', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await rm(join(channel.folder, 'linux-64'), { recursive: true });
  await rm(join(channel.folder, 'tuf/targets/linux-64'), { recursive: true });
  await channel.refused({ status: 3, code: 'not-held', names: /linux-64/ }, 'verify', 'channel', channel.url);
  channel.server.answerAll((path) => (/linux-64/.test(path) ? { status: 403 } : undefined));
  const told = await channel.verify();
  assert.ok(told.status === 3 || told.status === 1, told.stdout);
});

test('a refusal outranks what could not be told', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await rm(join(channel.folder, 'linux-64'), { recursive: true });
  await rm(join(channel.folder, 'tuf/targets/linux-64'), { recursive: true });
  await channel.edit('noarch/repodata.json', (bytes) => String(bytes).replace('gamma', 'gamna'));
  const { refused } = await channel.refused(
    { status: 1, code: ['hash-mismatch', 'length-mismatch'] },
    ...['verify', 'channel', channel.url],
  );
  assert.match(JSON.stringify(refused), /not-held/);
});

test('an index that lists a subdir no more, signed with stolen keys, accepts nothing of that subdir', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await thief.republish(channel.folder, {
    index: (signed) => {
      for (const path of Object.keys(signed.targets)) if (path.startsWith('linux-64/')) delete signed.targets[path];
    },
  });
  const { subdirs, behind } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(subdirs, ['noarch']);
  assert.match(JSON.stringify(behind), /linux-64\/repodata\.json/);
  await channel.refused(
    { status: 1, code: 'not-listed' },
    ...['verify', 'package', `${channel.url}/linux-64/beta-2.0-h2_0.conda`, '--channel', channel.url],
  );
});
