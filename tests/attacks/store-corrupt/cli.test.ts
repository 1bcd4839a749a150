/** A trust store that was cut short, swapped or edited: a damaged root is named, anything else is fetched anew. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, forgedRoot, StagedChannel, seededSigner } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const DAMAGES: readonly [what: string, damage: (bytes: Buffer) => Buffer | string][] = [
  ['half written', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['empty', () => ''],
  ['zeros', (bytes) => Buffer.alloc(bytes.length)],
  [
    'one bit',
    (bytes) => Buffer.concat([bytes.subarray(0, 300), Buffer.of((bytes[300] ?? 0) ^ 1), bytes.subarray(301)]),
  ],
  ['a web page', () => '<html>'],
];

/** Files of the trust store whose name fits. */
async function stored(channel: StagedChannel, name: RegExp): Promise<string[]> {
  const all = await readdir(channel.home, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile() && name.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

test('refuses a damaged root, names it and says how to recover', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const [root = assert.fail('no root is stored')] = await stored(channel, /root\.json$/);
  const genuine = await readFile(root);
  const stranger = seededSigner('store');
  const swapped = await forgedRoot(owner.folder, { keys: [stranger], threshold: 1, signers: [stranger], version: 1 });
  for (const [what, damage] of [...DAMAGES, ['another root', () => Buffer.from(swapped)] as const]) {
    await writeFile(root, damage(genuine));
    for (const argv of [
      ['verify', 'channel', channel.url],
      ['trust', 'update'],
      ['verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url],
    ]) {
      const { hint } = await channel.refused({ status: 1, code: 'store-corrupt', names: /root/ }, ...argv);
      assert.match(hint, /trust (remove|add)|restore/i, what);
    }
  }
  await writeFile(root, genuine);
  await channel.accept('verify', 'channel', channel.url);
});

test('the way to recover works', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const [root = assert.fail('no root is stored')] = await stored(channel, /root\.json$/);
  await writeFile(root, '');
  await channel.accept('trust', 'remove', channel.url);
  await channel.accept('trust', 'add', channel.url, '--fingerprint', owner.rootFingerprint);
  await channel.accept('verify', 'channel', channel.url);
});

test('a root that is gone is a damaged store too', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const root of await stored(channel, /root\.json$/)) await rm(root);
  const { status, document } = await channel.verify();
  assert.deepEqual({ status, code: document.code }, { status: 1, code: 'store-corrupt' }, JSON.stringify(document));
});

test('never trusts a damaged timestamp, snapshot, targets or index, and fetches it anew', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const files = await stored(channel, /^(timestamp|snapshot|targets|index)\.json$/);
  assert.ok(files.length >= 3, files.join());
  const before = await channel.store();
  for (const file of files) {
    const genuine = await readFile(file);
    for (const [what, damage] of DAMAGES) {
      await writeFile(file, damage(genuine));
      const { status, stdout } = await channel.verify();
      assert.equal(status, 0, `${basename(file)} ${what}: ${stdout}`);
      assert.deepEqual(await channel.store(), before, `${basename(file)} ${what}`);
    }
  }
});

test('never trusts a damaged file where the server is silent either', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const file of await stored(channel, /^(timestamp|snapshot|targets|index)\.json$/)) await writeFile(file, '');
  channel.server.answerAll(() => ({ status: 404 }));
  const { status, document } = await channel.verify();
  assert.deepEqual({ status, code: document.code }, { status: 1, code: 'missing' }, JSON.stringify(document));
});

test('a list of channels that cannot be read is named, and nothing counts as trusted', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const [list = assert.fail('no list of channels')] = await stored(channel, /^channels\.json$/);
  const genuine = await readFile(list);
  for (const [what, damage] of DAMAGES) {
    if (what === 'one bit') continue;
    await writeFile(list, damage(genuine));
    for (const argv of [
      ['verify', 'channel', channel.url],
      ['trust', 'list'],
      ['trust', 'update'],
    ]) {
      const { hint } = await channel.refused({ status: 1, code: 'store-corrupt' }, ...argv);
      assert.ok(hint, what);
    }
  }
  await writeFile(list, genuine);
  await channel.accept('verify', 'channel', channel.url);
});

test('one channel’s store put in the place of another’s is refused', async () => {
  const other = await ChannelOwner.make();
  after(() => other.remove());
  await using channel = await StagedChannel.of(owner, { seen: true });
  await using theirs = await StagedChannel.of(other, { seen: true });
  const [mine = ''] = await stored(channel, /root\.json$/);
  const [another = ''] = await stored(theirs, /root\.json$/);
  await rm(join(mine, '..'), { recursive: true });
  await cp(join(another, '..'), join(mine, '..'), { recursive: true });
  const { status, document } = await channel.verify();
  assert.deepEqual({ status, code: document.code }, { status: 1, code: 'store-corrupt' }, JSON.stringify(document));
});
