/** Files of two valid publications served together. */
import assert from 'node:assert/strict';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, hashPrefixed, readRoles, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const first = await owner.copy('first');
await owner.publish({ name: 'delta', version: '4.0', subdir: 'noarch' });
after(() => owner.remove());

const older = readRoles(first);
const newer = readRoles(owner.folder);
const snapshotFile = (roles: typeof older) => `tuf/${roles.snapshot.version}.snapshot.json`;
const indexFile = (roles: typeof older) => `tuf/${roles.index.version}.index.json`;

test('refuses each file of an older publication in the place of the newer one', async () => {
  const listed = newer.index.targets['noarch/repodata.json'].hashes.sha256;
  const mixes = [
    [snapshotFile(older), snapshotFile(newer)],
    [indexFile(older), indexFile(newer)],
    // The older repodata.json, under the name of the newer one and under its own.
    ['noarch/repodata.json', join('tuf/targets', hashPrefixed('noarch/repodata.json', listed))],
  ] as const;
  for (const [from, to] of mixes) {
    for (const seen of [false, true]) {
      await using channel = await StagedChannel.of(owner, { seen });
      // Its own files give no answer: an attacker offers nothing better.
      await cp(join(first, from), join(channel.folder, to));
      if (from.startsWith('noarch')) await cp(join(first, from), join(channel.folder, from));
      // A reader that has the newest roles in its store asks for none of them again.
      const known = seen && to.endsWith('.json') && !to.includes('targets');
      const told = await channel.verify();
      if (known) assert.equal(told.status, 0, told.stdout);
      else {
        assert.equal(told.status, 1, `${to}: ${told.stdout}`);
        assert.ok(['hash-mismatch', 'length-mismatch', 'version-mismatch'].includes(told.document.code), told.stdout);
      }
    }
  }
});

test('refuses a subdir of one publication beside a subdir of another, in every way of putting it', async () => {
  await using channel = await StagedChannel.of(owner);
  for (const name of await readdir(join(first, 'noarch'))) {
    await cp(join(first, 'noarch', name), join(channel.folder, 'noarch', name));
  }
  // The hash-prefixed names still hold what is current, so the older bytes are only late for those that read them.
  const { behind } = await channel.accept('verify', 'channel', channel.url);
  assert.ok(behind.length > 0);
  assert.ok(
    behind.every(({ file }: { file: string }) => file.startsWith('noarch/')),
    JSON.stringify(behind),
  );
  for (const [path, { hashes }] of Object.entries<{ hashes: { sha256: string } }>(newer.index.targets)) {
    if (!path.startsWith('noarch/')) continue;
    channel.answer(`tuf/targets/${hashPrefixed(path, hashes.sha256)}`, { status: 404 });
  }
  const told = await channel.verify();
  assert.deepEqual(
    { status: told.status, code: told.document.code },
    { status: 3, code: 'mirror-behind' },
    told.stdout,
  );
});

test('the newer publication alone passes, after the older one and without it', async () => {
  await using channel = await StagedChannel.of(owner, { from: first, seen: true });
  await channel.serve(owner.folder);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.total, 5);
});
