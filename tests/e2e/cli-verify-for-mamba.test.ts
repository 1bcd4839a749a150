/** A channel that is signed for mamba too, as those see it who verify it here. */
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const DAY = 86_400_000;
const owner = await ChannelOwner.make({ init: ['--for', 'conda,mamba', '--expiry', 'mamba/pkg_mgr=2'] });
after(() => owner.remove());
const CHAIN = ['1.root.json', 'key_mgr.json', 'pkg_mgr.json'];
const STRANGER = 'ab'.repeat(32);

test('signatures for mamba prove nothing, and are told from a stranger’s', async () => {
  await using channel = await StagedChannel.of(owner);
  const { records, ignored, warnings } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual([records, warnings], [{ total: 4, signed: 4, refused: 0 }, []]);
  assert.deepEqual(new Set(ignored.map((entry: { for?: string }) => entry.for)), new Set(['mamba']));
  assert.equal(ignored.length, 4);
  const { stderr } = await channel.tell('verify', 'channel', channel.url);
  assert.match(stderr, /^4 records also signed for mamba by the channel, which proves nothing here$/m);
  assert.doesNotMatch(stderr, /nobody delegated|warning/);

  await editIndex(channel.folder, 'linux-64', (index) => {
    index.signatures['beta-2.0-h2_0.conda'][STRANGER] = { signature: '11'.repeat(64) };
  });
  await (await KeyThief.of(owner)).republish(channel.folder);
  const told = await channel.accept('verify', 'channel', channel.url);
  const strange = told.ignored.filter((entry: { for?: string }) => entry.for === undefined);
  assert.deepEqual(strange, [{ file: 'linux-64/beta-2.0-h2_0.conda', keys: [STRANGER] }]);
  assert.match(
    (await channel.tell('verify', 'channel', channel.url)).stderr,
    /^1 record also signed by keys that nobody/m,
  );
});

test('the roles of mamba’s chain are seen at the address as in the folder', async () => {
  await using channel = await StagedChannel.of(owner);
  const seen = await channel.accept('status', channel.url);
  assert.deepEqual(seen.roles, (await channel.accept('status', owner.folder)).roles);
  assert.deepEqual(
    seen.roles.slice(-3).map(({ name }: { name: string }) => name),
    ['mamba/root', 'mamba/key_mgr', 'mamba/pkg_mgr'],
  );
});

for (const name of CHAIN) {
  test(`refuses another ${name} under the name that mamba reads`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await channel.edit(name, (bytes) => `${bytes} `);
    await channel.refused(
      { status: 1, code: 'hash-mismatch', names: new RegExp(name) },
      'verify',
      'channel',
      channel.url,
    );
  });
}

test('refuses what mamba would take for a newer root, a web page too', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const name of ['2.root.json', '2.sv1.root.json', '2.sv0.6.root.json']) {
    channel.answer(name, { body: '<html>Welcome</html>' });
    const refusal = { status: 1, code: 'not-listed', names: new RegExp(name) } as const;
    await channel.refused(refusal, 'verify', 'channel', channel.url);
    channel.answer(name, { status: 404 });
  }
  await channel.accept('verify', 'channel', channel.url);
});

test('an earlier pkg_mgr.json is behind, and an expired one is mamba’s to refuse', async () => {
  await using channel = await StagedChannel.of(owner, { from: await owner.copy('first') });
  channel.clock = 2.5 * DAY;
  const { ok, warnings } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(ok, true);
  assert.match(warnings.join(), /mamba refuses the channel: mamba\/pkg_mgr expired on \d{4}-\d\d-\d\d/);

  const copy = await owner.copy('refreshed');
  const first = await readFile(join(copy, 'pkg_mgr.json'));
  assert.equal((await owner.tryRunAt(2.5 * DAY, 'refresh', copy)).status, 0);
  await channel.serve(copy);
  const fresh = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual([fresh.warnings, fresh.behind], [[], []]);
  assert.notDeepEqual(await readFile(join(channel.folder, 'pkg_mgr.json')), first);
  await writeFile(join(channel.folder, 'pkg_mgr.json'), first);
  const lagging = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(lagging.behind, [{ file: 'pkg_mgr.json' }]);
});

test('a thief of the index key can speak of no root and no key_mgr', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const thief = await KeyThief.of(owner);
  await copyFile(join(channel.folder, 'cct/1.root.json'), join(channel.folder, '2.root.json'));
  await thief.republish(channel.folder, {
    index: (index) => {
      index.targets['2.root.json'] = index.targets['pkg_mgr.json'];
      index.targets['key_mgr.json'] = index.targets['pkg_mgr.json'];
    },
  });
  const { status, document } = await channel.verify();
  assert.deepEqual([status, document.code], [1, 'not-listed']);
  assert.deepEqual(
    document.refused.map(({ file }: { file: string }) => file),
    ['2.root.json'],
  );
});
