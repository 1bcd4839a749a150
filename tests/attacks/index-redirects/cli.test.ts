/** Fields of an index that lead elsewhere: refused or ignored by rule, and never followed. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  ChannelServer,
  type EditableIndex,
  editIndex,
  folderContents,
  KeyThief,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';

const FILE = 'beta-2.0-h2_0.conda';
const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
/** Whoever asks here has followed a redirect. */
const elsewhere = await ChannelServer.start();
after(async () => {
  await owner.remove();
  await elsewhere.close();
});

const REDIRECTS: Readonly<Record<string, (index: EditableIndex) => void>> = {
  base_url: (index) => Object.assign(index.info, { base_url: `${elsewhere.url}/` }),
  'base_url without a scheme': (index) => Object.assign(index.info, { base_url: `//127.0.0.1:${elsewhere.port}/` }),
  'base_url out of the channel': (index) => Object.assign(index.info, { base_url: '../../../other/' }),
  shards_base_url: (index) => Object.assign(index.info, { shards_base_url: `${elsewhere.url}/` }),
  channel_relations: (index) =>
    Object.assign(index.info, { channel_relations: [{ channel: elsewhere.url, relation: 'base' }] }),
  'a record’s url': (index) => Object.assign(recordOf(index, FILE), { url: `${elsewhere.url}/linux-64/${FILE}` }),
  'a record’s fn': (index) => Object.assign(recordOf(index, FILE), { fn: '../../evil-1.0-0.conda' }),
  'a file name with path parts': (index) => {
    index['packages.conda']['../noarch/evil-1.0-0.conda'] = { ...recordOf(index, FILE), name: '../noarch/evil' };
  },
};

/** Signed, these are the owner's say: told, and not followed by us either. */
const TOLD = new Set([
  'base_url',
  'base_url without a scheme',
  'base_url out of the channel',
  'shards_base_url',
  'channel_relations',
]);

for (const [at, [what, redirect]] of Object.entries(REDIRECTS).entries()) {
  // An attacker who cannot build shards of such an index leaves them as they are.
  const put = (folder: string) => editIndex(folder, 'linux-64', redirect, { shards: 'as they were' });

  test(`${what}: put in by a thief of index keys it is told or refused, and never followed`, async () => {
    await using channel = await StagedChannel.of(owner);
    await put(channel.folder);
    await thief.republish(channel.folder);
    const told = await channel.verify();
    if (TOLD.has(what)) {
      assert.equal(told.status, 0, told.stdout);
      assert.match(JSON.stringify(told.document.warnings), RegExp(what.split(' ')[0] ?? ''), told.stdout);
    } else {
      assert.equal(told.status, 1, told.stdout);
      const codes = told.document.refused.map(({ code }: { code: string }) => code);
      const byRule = ['unsafe-index', 'unsafe-name', 'bad-signature', 'name-mismatch', 'forms-differ'];
      assert.ok(
        codes.every((each: string) => byRule.includes(each)),
        told.stdout,
      );
    }
    const wanted = await channel.verifyPackage(`linux-64/${FILE}`);
    assert.ok(wanted.status === 0 || wanted.status === 1, wanted.stdout);
    assert.deepEqual(elsewhere.requests, []);
  });

  test(`${what}: an owner’s index with it is not signed, and nothing is published`, async () => {
    const folder = await owner.copy(`unsigned ${at}`);
    await put(folder);
    const before = await folderContents(folder);
    const { status, stdout } = await owner.tryRun('sign', folder);
    const { ok, code, hint } = JSON.parse(stdout);
    assert.deepEqual({ status, ok }, { status: 1, ok: false }, stdout);
    assert.ok(['unsafe-index', 'unsafe-name', 'name-mismatch'].includes(code), stdout);
    assert.ok(hint);
    const now = await folderContents(folder);
    for (const [file, hash] of before) if (!file.startsWith('.antivenom')) assert.equal(now.get(file), hash, file);
  });
}

test('put in by the server, each is refused by the index that the owner signed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const redirect of Object.values(REDIRECTS)) {
    await channel.serve(owner.folder);
    await editIndex(channel.folder, 'linux-64', redirect, { shards: 'as they were' });
    await channel.refused({ status: 1, code: ['hash-mismatch', 'length-mismatch'] }, 'verify', 'channel', channel.url);
  }
  assert.deepEqual(elsewhere.requests, []);
});
