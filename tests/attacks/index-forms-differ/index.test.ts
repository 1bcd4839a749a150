/** Forms of one index that tell different stories, so that clients reading another form install another thing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  buildShards,
  type CryptoPort,
  compareShards,
  contradicts,
  currentRepodata,
  type DecompressionPort,
  type Repodata,
  readShard,
  type Shard,
  scanRepodata,
  verifyAgreement,
} from '@antivenom/core';

const LIMITS = { maxBytes: 100_000, maxDepth: 20 };
const crypto = { createHash: (algorithm: string) => createHash(algorithm) } as unknown as CryptoPort;
const decompression = {
  zstdSync: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
} as unknown as DecompressionPort;

const OLD = {
  name: 'zlib',
  version: '1.2',
  build: '0',
  build_number: 0,
  depends: [] as string[],
  sha256: '0a'.repeat(32),
};
const NEW = { ...OLD, version: '1.3', sha256: '0b'.repeat(32) };
const INDEX = { packages: {}, 'packages.conda': { 'zlib-1.2-0.conda': OLD, 'zlib-1.3-0.conda': NEW }, removed: [] };
const SOURCE = scan(INDEX);

function scan(index: unknown): Repodata {
  return scanRepodata(new TextEncoder().encode(JSON.stringify(index)), LIMITS);
}

function shardsOf(index: unknown): Shard[] {
  const built = buildShards(scan(index), { crypto, compress: (bytes) => new Uint8Array(zstdCompressSync(bytes)) });
  return [...built.index.shards].map(([name, sha256]) =>
    readShard(built.shards.get(sha256) ?? new Uint8Array(), name, sha256, {
      crypto,
      decompression,
      maxLength: 100_000,
      limits: LIMITS,
    }),
  );
}

const TAMPERED: Record<string, object> = {
  'a dependency more': { 'zlib-1.2-0.conda': OLD, 'zlib-1.3-0.conda': { ...NEW, depends: ['evil'] } },
  'other bytes for the package': { 'zlib-1.2-0.conda': OLD, 'zlib-1.3-0.conda': { ...NEW, sha256: '0c'.repeat(32) } },
  'the hash stripped': { 'zlib-1.2-0.conda': OLD, 'zlib-1.3-0.conda': { ...NEW, sha256: undefined } },
  'a package more': { ...INDEX['packages.conda'], 'zlib-9-0.conda': { ...NEW, version: '9' } },
};

test('forms made from repodata.json agree with it', () => {
  const current = scanRepodata(currentRepodata(SOURCE), LIMITS);
  assert.equal(current.records.length, 1);
  verifyAgreement('linux-64/current_repodata.json', contradicts(SOURCE, current));
  verifyAgreement('linux-64/repodata_shards.msgpack.zst', compareShards(SOURCE, shardsOf(INDEX)));
});

for (const [what, records] of Object.entries(TAMPERED)) {
  test(`a form with ${what} is refused, with the record's name`, () => {
    const tampered = { ...INDEX, 'packages.conda': records };
    const refusal = { code: 'forms-differ', message: /zlib-(1\.3|9)-0\.conda/ };
    const current = contradicts(SOURCE, scan(tampered));
    assert.throws(() => verifyAgreement('linux-64/current_repodata.json', current), refusal);
    const shards = compareShards(SOURCE, shardsOf(tampered));
    assert.throws(() => verifyAgreement('linux-64/repodata_shards.msgpack.zst', shards), refusal);
  });
}

test('shards that hold back a record are refused, where they should hold every one', () => {
  const hiding = compareShards(SOURCE, shardsOf({ ...INDEX, 'packages.conda': { 'zlib-1.2-0.conda': OLD } }));
  assert.throws(() => verifyAgreement('linux-64/repodata_shards.msgpack.zst', hiding), {
    code: 'forms-differ',
    message: /zlib-1\.3-0\.conda/,
  });
});
