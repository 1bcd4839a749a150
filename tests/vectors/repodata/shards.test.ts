/** Real shards of the fixtures, read with their hashes checked and compared with the `repodata.json` beside them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  buildShards,
  type Contradiction,
  type CryptoPort,
  compareShards,
  type DecompressionPort,
  readShard,
  readShardIndex,
  SHARD_INDEX,
  scanRepodata,
  shardFileName,
  writeShardIndex,
} from '@antivenom/core';

const FIXTURES = fileURLToPath(new URL('../../../../shared/fixtures/', import.meta.url));
const LIMITS = { maxBytes: 10_000_000, maxDepth: 64 };
const skip = existsSync(FIXTURES) ? false : `the fixtures are not at ${FIXTURES}`;
const crypto = { createHash: (algorithm: string) => createHash(algorithm) } as unknown as CryptoPort;
const decompression = {
  zstdSync: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
} as unknown as DecompressionPort;
const reading = { crypto, decompression, maxLength: 10_000_000, limits: LIMITS };

const OLDER = 'repodata/conda+conda@e0b97fdde0/tests/data/conda_format_repo';
/** Each folder's shards, and what `repodata.json` lists besides. */
const FOLDERS: Readonly<Record<string, { readonly shards: readonly string[]; readonly missing: readonly string[] }>> = {
  'packages/conda+conda/tests/data/conda_format_repo/linux-64': { shards: ['libgcc-ng', 'zlib'], missing: [] },
  [`${OLDER}/linux-64`]: { shards: ['zlib'], missing: ['libgcc-ng-8.2.0-hdf63c60_1.tar.bz2'] },
  [`${OLDER}/noarch`]: { shards: [], missing: [] },
  [`${OLDER}/osx-64`]: { shards: ['zlib'], missing: [] },
  [`${OLDER}/win-32`]: { shards: ['zlib'], missing: [] },
  [`${OLDER}/win-64`]: {
    shards: ['zlib'],
    missing: ['vc-14.1-h0510ff6_4.tar.bz2', 'vs2015_runtime-14.15.26706-h3a45250_4.tar.bz2', 'zlib-1.2.8-0.tar.bz2'],
  },
};

for (const [folder, expected] of Object.entries(FOLDERS)) {
  const read = (name: string) => new Uint8Array(readFileSync(`${FIXTURES}${folder}/${name}`));

  test(`the shards of ${folder} have the hashes that their index states`, { skip }, () => {
    const index = readShardIndex(decompression.zstdSync(read(SHARD_INDEX), 10_000_000), LIMITS);
    assert.deepEqual([...index.shards.keys()].sort(), expected.shards);
    const shards = [...index.shards].map(([name, sha256]) =>
      readShard(read(shardFileName(sha256)), name, sha256, reading),
    );
    const differences: Contradiction[] = compareShards(scanRepodata(read('repodata.json'), LIMITS), shards);
    assert.deepEqual(
      differences.map(({ file, reason }) => `${reason} ${file}`).sort(),
      expected.missing.map((file) => `missing ${file}`),
    );
  });

  test(`shards made anew for ${folder} hold all that its repodata.json lists`, { skip }, () => {
    const repodata = scanRepodata(read('repodata.json'), LIMITS);
    const built = buildShards(repodata, { crypto, compress: (bytes) => new Uint8Array(zstdCompressSync(bytes)) });
    const index = readShardIndex(writeShardIndex(built.index), LIMITS);
    const shards = [...index.shards].map(([name, sha256]) =>
      readShard(built.shards.get(sha256) ?? assert.fail(name), name, sha256, reading),
    );
    assert.deepEqual(compareShards(repodata, shards), []);
  });
}
