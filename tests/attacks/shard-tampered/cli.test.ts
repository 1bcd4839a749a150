/** Shards whose bytes do not hash to their name in the shard index. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ChannelOwner, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const SHARD = /^[0-9a-f]{64}\.msgpack\.zst$/;
const shards = readdirSync(join(owner.folder, 'linux-64')).filter((name) => SHARD.test(name));
const other = await owner.copy('other shards');
await editIndex(other, 'linux-64', (index) => {
  index['packages.conda']['beta-2.0-h2_0.conda'].depends = ['evil'];
});

test('the channel has shards, and untouched they pass', async () => {
  assert.ok(shards.length >= 2);
  await using channel = await StagedChannel.of(owner);
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses other bytes under a shard’s name, however they came about', async () => {
  const evil = readdirSync(join(other, 'linux-64')).find((name) => SHARD.test(name) && !shards.includes(name));
  assert.ok(evil);
  const [one, two] = shards as [string, string];
  await using channel = await StagedChannel.of(owner, { seen: true });
  const attacks: [what: string, attack: () => Promise<void>][] = [
    ['one bit', () => channel.edit(`linux-64/${one}`, flipLast)],
    ['cut short', () => channel.edit(`linux-64/${one}`, (bytes) => bytes.subarray(0, -1))],
    ['compressed anew', () => channel.edit(`linux-64/${one}`, recompress)],
    ['another package’s', () => cp(join(channel.folder, 'linux-64', two), join(channel.folder, 'linux-64', one))],
    ['a changed record', () => cp(join(other, 'linux-64', evil), join(channel.folder, 'linux-64', one))],
    ['empty', () => channel.edit(`linux-64/${one}`, () => '')],
  ];
  for (const [what, attack] of attacks) {
    await channel.serve(owner.folder);
    await attack();
    const { code } = await channel.refused(
      { status: 1, code: ['hash-mismatch', 'length-mismatch'], names: /shard|msgpack/ },
      ...['verify', 'channel', channel.url],
    );
    assert.ok(code, what);
  }
});

test('refuses shards that tell another story than repodata.json, signed with stolen keys', async () => {
  await using channel = await StagedChannel.of(owner);
  for (const name of readdirSync(join(other, 'linux-64')).filter((name) => /msgpack/.test(name))) {
    await cp(join(other, 'linux-64', name), join(channel.folder, 'linux-64', name));
  }
  await thief.republish(channel.folder);
  const { status, document } = await channel.verify();
  assert.equal(status, 1, JSON.stringify(document));
  assert.match(JSON.stringify(document), /forms-differ/);
});

test('a shard that is not there is no refusal, and nothing is accepted', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await rm(join(channel.folder, 'linux-64', shards[0] ?? assert.fail()));
  const before = await channel.store();
  const { status, document } = await channel.verify();
  assert.ok(status === 3 || status === 0, JSON.stringify(document));
  if (status === 3) assert.equal(document.code, 'not-held');
  assert.deepEqual(await channel.store(), before);
});

function flipLast(bytes: Buffer): Buffer {
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}

function recompress(bytes: Buffer): Buffer {
  return zstdCompressSync(Buffer.concat([zstdDecompressSync(bytes), Buffer.alloc(0)]), { params: { 100: 19 } });
}
