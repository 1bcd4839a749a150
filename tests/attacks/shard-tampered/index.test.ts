/** Shard bytes that do not hash to their name in the shard index, or that are genuine and another package's. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  buildShards,
  type CryptoPort,
  type DecompressionPort,
  readShard,
  type Shard,
  scanRepodata,
} from '@antivenom/core';

const LIMITS = { maxBytes: 100_000, maxDepth: 20 };
const crypto = { createHash: (algorithm: string) => createHash(algorithm) } as unknown as CryptoPort;

const RECORD = { name: 'zlib', version: '1.3', build: '0', sha256: '0a'.repeat(32), depends: [] as string[] };
const EVIL = { ...RECORD, depends: ['evil'] };
const OTHER = { ...RECORD, name: 'other' };

function build(records: Record<string, object>) {
  const index = { info: { subdir: 'noarch' }, 'packages.conda': records };
  const repodata = scanRepodata(new TextEncoder().encode(JSON.stringify(index)), LIMITS);
  return buildShards(repodata, { crypto, compress: (bytes) => new Uint8Array(zstdCompressSync(bytes)) });
}

const CHANNEL = build({ 'zlib-1.3-0.conda': RECORD, 'other-1.3-0.conda': OTHER });

/** Reads bytes as the shard of zlib by the channel's index; `opened` counts what was decompressed. */
function read(bytes: Uint8Array, sha256 = hashOf('zlib')): { shard: () => Shard; opened: () => number } {
  let opened = 0;
  const decompression = {
    zstdSync: (data: Uint8Array) => {
      opened++;
      return new Uint8Array(zstdDecompressSync(data));
    },
  } as unknown as DecompressionPort;
  const reading = { crypto, decompression, maxLength: 100_000, limits: LIMITS };
  return { shard: () => readShard(bytes, 'zlib', sha256, reading), opened: () => opened };
}

function hashOf(name: string): string {
  return CHANNEL.index.shards.get(name) ?? assert.fail(`no shard of ${name}`);
}

function shardOf(name: string): Uint8Array {
  return CHANNEL.shards.get(hashOf(name)) ?? assert.fail(`no shard of ${name}`);
}

test('the shard that the index names is read', () => {
  const { shard, opened } = read(shardOf('zlib'));
  assert.deepEqual(
    shard().records.map(({ file }) => file),
    ['zlib-1.3-0.conda'],
  );
  assert.equal(opened(), 1);
});

test('other bytes under the shard’s name are refused before they are decompressed', () => {
  const flipped = shardOf('zlib').slice();
  flipped[flipped.length - 1]! ^= 1;
  const evil = [...build({ 'zlib-1.3-0.conda': EVIL }).shards.values()][0] ?? assert.fail();
  const recompressed = new Uint8Array(zstdCompressSync(zstdDecompressSync(shardOf('zlib')), { params: { 201: 1 } }));
  for (const bytes of [flipped, evil, recompressed, shardOf('other'), shardOf('zlib').slice(1), new Uint8Array()]) {
    const { shard, opened } = read(bytes);
    assert.throws(shard, { code: 'hash-mismatch', message: /shard of zlib/ });
    assert.equal(opened(), 0);
  }
});

test('a genuine shard that the index lists under another package’s name is refused', () => {
  const { shard } = read(shardOf('other'), hashOf('other'));
  assert.throws(shard, { code: 'name-mismatch', message: /shard of zlib holds other-1\.3-0\.conda/ });
});
