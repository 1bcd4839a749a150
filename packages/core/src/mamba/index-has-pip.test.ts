import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanRepodata } from '../conda/repodata.ts';
import { indexHasPip } from './index-has-pip.ts';

function hasPip(index: string): boolean {
  return indexHasPip(scanRepodata(new TextEncoder().encode(index), { maxBytes: 10_000, maxDepth: 9 }));
}

const pip = '"version":"1","build":"0","build_number":0';

test('finds pip under any file name and in any spelling', () => {
  assert.ok(hasPip(`{"packages":{"a-1-0.tar.bz2":{"name":"a"},"pip-1-0.tar.bz2":{"name":"pip",${pip}}}}`));
  assert.ok(hasPip(`{"packages.conda":{"b-1-0.conda":{"name":"p\\u0069p",${pip}}}}`));
});

test('passes over what mamba does not see, and over those who only depend on it', () => {
  assert.ok(!hasPip(`{"v3":{"conda":{"pip-1-0":{"name":"pip",${pip}}}}}`));
  assert.ok(!hasPip('{"packages":{"pip-1-0.tar.bz2":{"name":"pip"}}}'));
  assert.ok(!hasPip(`{"packages":{"a-1-0.tar.bz2":{"name":"a","depends":["pip"],${pip}}}}`));
  assert.ok(!hasPip('{"packages":{}}'));
});
