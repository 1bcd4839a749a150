import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { JsonNumber } from '../json/value.ts';
import { writeMsgpack } from '../msgpack/write.ts';
import type { CryptoPort, DecompressionPort } from '../ports.ts';
import { buildShards, writeShardIndex } from './build-shards.ts';
import { compareShards } from './compare-shards.ts';
import { scanRepodata } from './repodata.ts';
import { readShard, readShardIndex, type Shard } from './shards.ts';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 20 };
const crypto = { createHash: (algorithm: string) => createHash(algorithm) } as unknown as CryptoPort;
const decompression = {
  zstdSync: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
} as unknown as DecompressionPort;
const reading = { crypto, decompression, maxLength: 1_000_000, limits: LIMITS };
const compress = (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes));

const SHA256 = '0f'.repeat(32);
const MD5 = 'a0'.repeat(16);
const ONE = JsonNumber.ofInteger(1);

function scan(index: unknown) {
  return scanRepodata(new TextEncoder().encode(JSON.stringify(index)), LIMITS);
}

const A = {
  name: 'a',
  version: '1',
  build: '0',
  sha256: SHA256,
  md5: MD5,
  size: 3,
  timestamp: 1534516107109,
  depends: ['b'],
};
const B = { ...A, name: 'b', depends: [] };
const INDEX = {
  info: { subdir: 'noarch' },
  packages: { 'a-1-0.tar.bz2': A },
  'packages.conda': { 'b-1-0.conda': B, 'a-1-0.conda': A },
  removed: ['a-0-0.conda', 'gone-1-0.tar.bz2'],
  v3: { whl: { 'a-1-0': { ...A, fn: 'a.whl' } } },
};

function readAll(built: ReturnType<typeof buildShards>): Shard[] {
  return [...built.index.shards].map(([name, sha256]) => readShard(built.shards.get(sha256)!, name, sha256, reading));
}

test('shards built from repodata tell what repodata tells, one shard a name', () => {
  const repodata = scan(INDEX);
  const built = buildShards(repodata, { crypto, compress });
  assert.deepEqual([...built.index.shards.keys()], ['a', 'b', 'gone']);
  const shards = readAll(built);
  assert.deepEqual(compareShards(repodata, shards), []);
  assert.deepEqual(
    shards.map((shard) => shard.records.map(({ map, file }) => `${map}/${file}`)),
    [['packages/a-1-0.tar.bz2', 'packages.conda/a-1-0.conda', 'v3.whl/a-1-0'], ['packages.conda/b-1-0.conda'], []],
  );
  assert.deepEqual(
    shards.map((shard) => shard.removed),
    [['a-0-0.conda'], [], ['gone-1-0.tar.bz2']],
  );
  assert.equal(shards[0]?.records[0]?.record.get('sha256'), SHA256);
});

test('an index that was written is read back, with the addresses that readers insist on', () => {
  const { index } = buildShards(scan(INDEX), { crypto, compress });
  const read = readShardIndex(writeShardIndex(index), LIMITS);
  assert.deepEqual([...read.shards], [...index.shards]);
  assert.deepEqual(
    [...read.info],
    [
      ['subdir', 'noarch'],
      ['base_url', ''],
      ['shards_base_url', ''],
    ],
  );
});

test('equal records give equal shards, whatever the order of repodata', () => {
  const reordered = {
    ...INDEX,
    'packages.conda': { 'a-1-0.conda': A, 'b-1-0.conda': B },
    removed: [...INDEX.removed].reverse(),
  };
  const [one, two] = [INDEX, reordered].map((index) => buildShards(scan(index), { crypto, compress }));
  assert.deepEqual(one?.index, two?.index);
  assert.deepEqual(one?.shards, two?.shards);
});

function shardOf(value: Parameters<typeof writeMsgpack>[0]) {
  const bytes = compress(writeMsgpack(value));
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

test('hashes written as text, as conda-index writes them, are read as what they are', () => {
  const record = new Map([
    ['name', 'a'],
    ['sha256', SHA256],
  ]);
  const { bytes, sha256 } = shardOf(new Map([['packages', new Map([['a-1-0.tar.bz2', record]])]]));
  assert.equal(readShard(bytes, 'a', sha256, reading).records[0]?.record.get('sha256'), SHA256);
  const index = writeMsgpack(
    new Map([
      ['info', new Map()],
      ['shards', new Map([['a', sha256]])],
    ]),
  );
  assert.equal(readShardIndex(index, LIMITS).shards.get('a'), sha256);
});

test('a shard whose bytes have another hash is refused before it is read', () => {
  const { bytes } = shardOf(new Map());
  const never = { zstdSync: () => assert.fail('decompressed') } as unknown as DecompressionPort;
  assert.throws(() => readShard(bytes, 'a', SHA256, { ...reading, decompression: never }), {
    code: 'hash-mismatch',
    message: /shard of a /,
  });
});

test('a record of another package in a shard is refused', () => {
  const record = new Map([['name', 'evil']]);
  const { bytes, sha256 } = shardOf(new Map([['packages', new Map([['a-1-0.tar.bz2', record]])]]));
  assert.throws(() => readShard(bytes, 'a', sha256, reading), { code: 'name-mismatch', message: /a-1-0\.tar\.bz2/ });
});

test('shards and indexes of another shape are malformed', () => {
  const file = 'a-1-0.conda';
  const shapes = [
    [],
    new Map([['packages', []]]),
    new Map([['packages', new Map([[file, ONE]])]]),
    new Map([['v3', ONE]]),
  ];
  const odd = new Map([
    ['name', 'a'],
    ['depends', new Uint8Array(2)],
  ] as [string, string | Uint8Array][]);
  shapes.push(new Map([['packages', new Map([[file, odd]])]]) as never, new Map([['removed', [ONE]]]) as never);
  for (const shape of shapes) {
    const { bytes, sha256 } = shardOf(shape as never);
    assert.throws(() => readShard(bytes, 'a', sha256, reading), { code: 'malformed' });
  }
  const info = ['info', new Map()] as const;
  for (const index of [
    new Map([info]),
    new Map<string, unknown>([['shards', new Map()]]),
    new Map<string, unknown>([info, ['shards', new Map([['a', new Uint8Array(31)]])]]),
    new Map<string, unknown>([info, ['shards', new Map([['a', 'AB'.repeat(32)]])]]),
    new Map<string, unknown>([['version', JsonNumber.ofInteger(2)], info, ['shards', new Map()]]),
  ]) {
    assert.throws(() => readShardIndex(writeMsgpack(index as never), LIMITS), { code: 'malformed' });
  }
});

test('what shards and repodata do not share is named', () => {
  const built = readAll(buildShards(scan(INDEX), { crypto, compress }));
  const other = scan({
    packages: { 'a-1-0.tar.bz2': { ...A, depends: [] } },
    'packages.conda': { 'b-1-0.conda': B, 'b-2-0.conda': B },
    v3: INDEX.v3,
  });
  assert.deepEqual(compareShards(other, built), [
    { file: 'a-1-0.tar.bz2', map: 'packages', reason: 'differs' },
    { file: 'a-1-0.conda', map: 'packages.conda', reason: 'not-in-source' },
    { file: 'b-2-0.conda', map: 'packages.conda', reason: 'missing' },
  ]);
});
