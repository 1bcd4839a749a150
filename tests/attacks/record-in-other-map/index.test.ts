/** A record moved between `packages`, `packages.conda` and `v3.*`, or standing in two of them with different content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRecordNames, type Repodata, scanRepodata } from '@antivenom/core';

const LIMITS = { maxBytes: 100_000, maxDepth: 20 };
const RECORD = { name: 'zlib', version: '1.3', build: 'h1_0', subdir: 'linux-64', depends: ['libgcc'] };

function scan(index: unknown): Repodata {
  return scanRepodata(new TextEncoder().encode(JSON.stringify(index)), LIMITS);
}

function checkAll(repodata: Repodata): void {
  for (const slice of repodata.records) checkRecordNames('linux-64', slice.file, slice.map, repodata.record(slice));
}

test('records in their own maps pass, one of each format among them', () => {
  checkAll(
    scan({
      packages: { 'zlib-1.3-h1_0.tar.bz2': RECORD },
      'packages.conda': { 'zlib-1.3-h1_0.conda': RECORD },
      v3: {
        conda: { 'zlib-1.3-h1_0': RECORD },
        whl: { 'zlib-1.3-h1_0': { ...RECORD, fn: 'zlib-1.3-py3-none-any.whl' } },
      },
    }),
  );
});

test('a record moved into another map is refused', () => {
  for (const moved of [
    { packages: { 'zlib-1.3-h1_0.conda': RECORD } },
    { 'packages.conda': { 'zlib-1.3-h1_0.tar.bz2': RECORD } },
    { 'packages.conda': { 'zlib-1.3-h1_0': RECORD } },
    { v3: { conda: { 'zlib-1.3-h1_0.conda': RECORD } } },
    { v3: { whl: { 'zlib-1.3-h1_0': { ...RECORD, fn: 'zlib-1.3-h1_0.conda' } } } },
  ]) {
    assert.throws(() => checkAll(scan(moved)), { code: 'name-mismatch' }, JSON.stringify(moved));
  }
});

test('a file that stands in two maps with different content is refused before any record is handed out', () => {
  const evil = { ...RECORD, depends: ['evil'] };
  for (const twice of [
    { packages: { 'zlib-1.3-h1_0.conda': RECORD }, 'packages.conda': { 'zlib-1.3-h1_0.conda': evil } },
    { 'packages.conda': { 'zlib-1.3-h1_0.conda': RECORD }, v3: { conda: { 'zlib-1.3-h1_0': evil } } },
    { v3: { 'tar.bz2': { 'zlib-1.3-h1_0': evil } }, packages: { 'zlib-1.3-h1_0.tar.bz2': RECORD } },
  ]) {
    assert.throws(() => scan(twice), { code: 'name-mismatch', message: /zlib-1\.3-h1_0/ });
  }
});

test('a file that stands twice in one map is refused: readers disagree on which one counts', () => {
  const text = `{"packages.conda": {"zlib-1.3-h1_0.conda": ${JSON.stringify(RECORD)}, "zlib-1.3-h1_0.conda": {}}}`;
  assert.throws(() => scanRepodata(new TextEncoder().encode(text), LIMITS), {
    code: 'malformed',
    message: /zlib-1\.3/,
  });
  const escaped = text.replace('"zlib-1.3-h1_0.conda": {}', '"zlib-1.3-h1_0.cond\\u0061": {}');
  assert.throws(() => scanRepodata(new TextEncoder().encode(escaped), LIMITS), { code: 'malformed' });
});

test('a map that only some clients read is refused', () => {
  for (const map of ['packages.whl', 'v3.conda']) {
    assert.throws(() => scan({ [map]: { 'zlib-1.3-h1_0': RECORD } }), { code: 'unsafe-index' }, map);
  }
});
