import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressBzip2, compressZstd, nodeDecompression } from '@antivenom/node';
import { indexContent } from './index-content.ts';

const CONTENT = new TextEncoder().encode('{"packages": {}}');
const content = (name: string, bytes: Uint8Array, maxLength = 1e9) =>
  indexContent(name, bytes, nodeDecompression, maxLength);

test('is decompressed by what the name says, and left alone otherwise', async () => {
  assert.deepEqual(content('repodata.json', CONTENT), CONTENT);
  assert.deepEqual(Buffer.from(content('repodata.json.zst', await compressZstd(CONTENT, 3))), Buffer.from(CONTENT));
  assert.deepEqual(Buffer.from(content('repodata.json.bz2', await compressBzip2(CONTENT))), Buffer.from(CONTENT));
  assert.throws(() => content('repodata.json.zst', CONTENT), { code: 'malformed' });
});

test('refuses what expands beyond the limit, or out of all proportion', async () => {
  const zeros = await compressZstd(new Uint8Array(80_000_000), 3);
  assert.throws(() => content('repodata.json.zst', zeros), { code: 'archive-unsafe' });
  assert.equal(content('repodata.json.zst', await compressZstd(new Uint8Array(1_000_000), 3)).length, 1_000_000);
  assert.throws(() => content('repodata.json.zst', zeros, 1000), { code: 'archive-unsafe' });
});
