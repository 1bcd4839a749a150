import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { readMsgpack } from './read.ts';
import { writeMsgpack } from './write.ts';

const fixtures = fileURLToPath(new URL('../../../../../shared/fixtures/', import.meta.url));
const skip = existsSync(fixtures) ? false : `the fixtures are not at ${fixtures}`;

test('the shards and shard indexes of real channels are read, and written back byte for byte', { skip }, () => {
  const files = globSync('**/*.msgpack.zst', { cwd: fixtures });
  assert.ok(files.length >= 10, `${files.length} shards found`);
  for (const file of files) {
    const bytes = zstdDecompressSync(readFileSync(`${fixtures}${file}`));
    const value = readMsgpack(bytes, { maxBytes: 10_000_000, maxDepth: 16 });
    assert.ok(Buffer.from(writeMsgpack(value)).equals(bytes), file);
  }
});
