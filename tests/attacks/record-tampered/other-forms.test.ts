/** Where records are proved one by one and the index is not, each form that a client may read must tell what was proved. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compressZstd, nodeDecompression } from '@antivenom/node';
import {
  ChannelOwner,
  ChannelServer,
  type EditableIndex,
  editIndex,
  KeyThief,
  StagedChannel,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

function staged(): Promise<StagedChannel> {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  return StagedChannel.of(owner, { trust, seen: true });
}

async function editZstd(file: string, change: (content: Buffer) => Uint8Array): Promise<void> {
  const content = nodeDecompression.zstdSync(await readFile(file), 1 << 24);
  await writeFile(file, await compressZstd(change(Buffer.from(content)), 3));
}

/** The same length, so that what is written into MessagePack stays well formed. */
function otherDependency(content: Buffer): Buffer {
  const changed = Buffer.from(content.toString('latin1').replaceAll('alpha >=1', 'malware>1'), 'latin1');
  assert.notDeepEqual(changed, content);
  return changed;
}

for (const form of ['repodata.json.zst', 'current_repodata.json.zst']) {
  test(`refuses a record that is changed in ${form} alone`, async () => {
    await using channel = await staged();
    await editZstd(join(channel.folder, 'linux-64', form), otherDependency);
    const expected = { status: 1, code: 'forms-differ', names: /beta-2\.0/ } as const;
    await channel.refused(expected, 'verify', 'channel', channel.url);
  });
}

test('expands no form far beyond the one whose records are proved', async () => {
  await using channel = await staged();
  await editZstd(join(channel.folder, 'noarch/repodata.json.zst'), (content) =>
    Buffer.concat([content, Buffer.alloc(20_000_000, ' ')]),
  );
  const expected = { status: 1, code: 'archive-unsafe', names: /expands beyond/ } as const;
  await channel.refused(expected, 'verify', 'channel', channel.url);
});

test('refuses an index whose records stand in no form that is signed', async () => {
  await using channel = await staged();
  for (const name of ['repodata.json', 'repodata.json.zst']) await rm(join(channel.folder, 'noarch', name));
  const expected = { status: 1, code: 'missing', names: /noarch\/current_repodata\.json/ } as const;
  await channel.refused(expected, 'verify', 'channel', channel.url);
});

test('follows no shard index to another server', async () => {
  await using channel = await staged();
  await using elsewhere = await ChannelServer.start(channel.folder);
  const text = elsewhere.url.padEnd(32, '/');
  await editZstd(join(channel.folder, 'linux-64/repodata_shards.msgpack.zst'), (content) => {
    const member = Buffer.from('\u00afshards_base_url', 'latin1');
    const at = content.indexOf(member) + member.length;
    assert.equal(content[at], 0xa0, 'the address is empty');
    const address = Buffer.concat([Buffer.from([0xd9, text.length]), Buffer.from(text)]);
    return Buffer.concat([content.subarray(0, at), address, content.subarray(at + 1)]);
  });
  const expected = { status: 1, code: 'unsafe-index', names: /shards_base_url/ } as const;
  await channel.refused(expected, 'verify', 'channel', channel.url);
  assert.deepEqual(elsewhere.requests, []);
});

test('refuses a bad signature that stands in a derived form alone, under an index signed with stolen keys', async () => {
  await using channel = await StagedChannel.of(owner);
  const thief = await KeyThief.of(owner);
  await editIndex(channel.folder, 'linux-64', (index, name) => {
    if (name === 'repodata.json') return;
    for (const entry of Object.values<EditableIndex>(index.signatures['beta-2.0-h2_0.conda'])) {
      entry.signature = entry.signature.replace(/^../, (byte: string) => (byte === '00' ? '11' : '00'));
    }
  });
  await thief.republish(channel.folder);
  const { status, document } = await channel.verify();
  assert.deepEqual([status, document.code], [1, 'bad-signature'], JSON.stringify(document));
  const files = document.refused.map(({ file }: { file: string }) => file).sort();
  const current = 'linux-64/current_repodata.json';
  assert.deepEqual(files, [current, `${current}.bz2`, `${current}.zst`]);
});
