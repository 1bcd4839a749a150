/** Signatures that are missing: refused where policy asks for record evidence, and only there. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  type EditableIndex,
  editIndex,
  hashPrefixed,
  KeyThief,
  readRoles,
  StagedChannel,
} from '@antivenom/testkit';

const FILE = 'beta-2.0-h2_0.conda';
const REMOVALS: readonly [what: string, remove: (index: EditableIndex) => void, unsigned: number][] = [
  ['one record’s signatures', (index) => void delete index.signatures[FILE], 1],
  ['an emptied entry', (index) => Object.assign(index.signatures, { [FILE]: {} }), 1],
  ['the whole map', (index) => void delete index.signatures, 3],
  ['an emptied map', (index) => Object.assign(index, { signatures: {} }), 3],
];

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

function policyFor(url: string): string {
  return `channels:\n  - name: good\n    url: ${url}\n    require: [index, record]\n`;
}

test('the untouched channel passes where policy asks for record evidence', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await channel.policy(policyFor(channel.url));
  await channel.accept('verify', 'channel', channel.url, ...policy);
  const { evidence } = await channel.accept(
    ...['verify', 'package', `${channel.url}/linux-64/${FILE}`, '--channel', channel.url],
    ...policy,
  );
  assert.deepEqual(evidence, ['index', 'record']);
});

for (const [what, remove, unsigned] of REMOVALS) {
  test(`${what}: refused by a policy that asks for records, under an index signed with stolen keys`, async () => {
    await using channel = await StagedChannel.of(owner);
    const policy = await channel.policy(policyFor(channel.url));
    await editIndex(channel.folder, 'linux-64', remove);
    await thief.republish(channel.folder);
    const told = await channel.verify(...policy);
    assert.equal(told.status, 1, told.stdout);
    assert.equal(told.document.code, 'policy-refused');
    assert.equal(told.document.records.refused, unsigned, told.stdout);
    assert.match(JSON.stringify(told.document.refused), new RegExp(`linux-64/${FILE}`));
    await channel.refused(
      { status: 1, code: 'policy-refused' },
      ...['verify', 'package', `${channel.url}/linux-64/${FILE}`, '--channel', channel.url],
      ...policy,
    );
    // Index evidence is all that is asked for by default, and it is there.
    const { records } = await channel.accept('verify', 'channel', channel.url);
    assert.deepEqual(records, { total: 4, signed: 4 - unsigned, refused: 0 });
  });
}

test('refused where record evidence is all there is', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  for (const [what, remove, unsigned] of REMOVALS) {
    await channel.serve(owner.folder);
    await channel.accept('verify', 'channel', channel.url);
    await editIndex(channel.folder, 'linux-64', remove);
    const told = await channel.verify();
    assert.equal(told.status, 1, `${what}: ${told.stdout}`);
    assert.equal(told.document.records.refused, unsigned, what);
  }
});

test('refused by the signed index where only the server was broken into', async () => {
  for (const [what, remove] of REMOVALS) {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await editIndex(channel.folder, 'linux-64', remove);
    const code = ['hash-mismatch', 'length-mismatch'];
    const { message } = await channel.refused({ status: 1, code }, 'verify', 'channel', channel.url);
    assert.match(message, /repodata/, what);
  }
});

test('also where a mirror holds the newest versions alone', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await channel.policy(policyFor(channel.url));
  await editIndex(channel.folder, 'linux-64', (index) => void delete index.signatures[FILE]);
  await thief.republish(channel.folder);
  const { targets } = readRoles(channel.folder).index;
  for (const name of ['repodata.json', 'repodata.json.zst', 'repodata.json.bz2', 'repodata_shards.msgpack.zst']) {
    const path = `linux-64/${name}`;
    await rm(join(channel.folder, path));
    await rm(join(channel.folder, 'tuf/targets', hashPrefixed(path, targets[path].hashes.sha256)));
  }
  const told = await channel.verify(...policy);
  assert.deepEqual([told.status, told.document.code], [1, 'policy-refused'], told.stdout);
  assert.match(JSON.stringify(told.document.refused), new RegExp(`linux-64/${FILE}`));
  await channel.accept('verify', 'channel', channel.url);
});
