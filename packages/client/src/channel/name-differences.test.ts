import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanRepodata } from '@antivenom/core';
import { compressZstd } from '@antivenom/node';
import { nameDifferences } from './name-differences.ts';

const LIMITS = { maxBytes: 1 << 30, maxDepth: 16 };

function index(sha256: string): string {
  return JSON.stringify({ packages: { 'a-1-0.tar.bz2': { name: 'a', sha256 } } });
}

const signed = scanRepodata(Buffer.from(index('00')), LIMITS);

test('names what differs from what was signed', async () => {
  const bytes = await compressZstd(Buffer.from(index('11')), 3);
  assert.equal(nameDifferences('repodata.json.zst', bytes, signed), 'a-1-0.tar.bz2 was changed');
  assert.equal(nameDifferences('repodata.json', Buffer.from(index('00')), signed), undefined);
});

test('expands nothing far beyond what was signed: it names nothing then', async () => {
  const bomb = await compressZstd(Buffer.from(index('11').padEnd(20_000_000)), 3);
  assert.ok(bomb.length < 10_000);
  assert.equal(nameDifferences('repodata.json.zst', bomb, signed), undefined);
});
