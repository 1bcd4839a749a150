import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../json/value.ts';
import { type Repodata, scanRepodata } from './repodata.ts';
import { restoreRecords, type WithdrawnRecord, withdrawRecords } from './withdrawn-records.ts';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 20 };
const INDEX = {
  info: { subdir: 'noarch' },
  packages: { 'a-1-0.tar.bz2': { name: 'a' } },
  'packages.conda': { 'a-1-0.conda': { name: 'a' }, 'b-1-0.conda': { name: 'b' }, 'c-1-0.conda': { name: 'c' } },
  removed: [],
  signatures: { 'b-1-0.conda': {}, 'c-1-0.conda': {} },
  v3: { conda: { 'd-1-0': { name: 'd', n: 1 } }, whl: { 'e-1-0': { name: 'e' } } },
};

function scan(index: object, indent?: number): Repodata {
  return scanRepodata(new TextEncoder().encode(JSON.stringify(index, undefined, indent)), LIMITS);
}

function json({ bytes }: Repodata) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

const withdraw = (repodata: Repodata, ...files: string[]) =>
  withdrawRecords(repodata, ({ file }) => files.includes(file));

function recordsOf(repodata: Repodata, ...files: string[]): WithdrawnRecord[] {
  return repodata.records
    .filter(({ file }) => files.includes(file))
    .map((slice) => ({ map: slice.map, file: slice.file, record: repodata.record(slice) as JsonObject }));
}

for (const indent of [undefined, 2]) {
  const form = indent === undefined ? 'on one line' : 'indented';
  test(`records leave for \`removed\`, signatures with them, and all else stays, ${form}`, () => {
    const after = json(withdraw(scan(INDEX, indent), 'b-1-0.conda', 'a-1-0.conda', 'd-1-0', 'e-1-0'));
    assert.deepEqual(after, {
      ...INDEX,
      'packages.conda': { 'c-1-0.conda': { name: 'c' } },
      removed: ['a-1-0.conda', 'b-1-0.conda', 'd-1-0.conda'],
      signatures: { 'c-1-0.conda': {} },
      v3: { conda: {}, whl: {} },
    });
  });

  test(`they come back where they stood, ${form}`, () => {
    const before = scan({ ...INDEX, signatures: {} }, indent);
    for (const files of [['a-1-0.conda'], ['c-1-0.conda', 'b-1-0.conda'], ['a-1-0.tar.bz2'], ['d-1-0']]) {
      const kept = recordsOf(before, ...files);
      const back = restoreRecords(withdraw(before, ...files), kept);
      assert.equal(JSON.stringify(json(back)), JSON.stringify(json(before)), files.join());
      assert.equal(restoreRecords(back, kept), back);
    }
  });
}

test('an index without `removed` gets one, and one without the map gets no record', () => {
  const { removed: _, ...rest } = INDEX;
  const bare = scan(rest, 2);
  assert.deepEqual(json(withdraw(bare, 'b-1-0.conda')).removed, ['b-1-0.conda']);
  const kept = recordsOf(bare, 'd-1-0', 'b-1-0.conda');
  const small = scan({ info: {}, packages: {}, removed: ['d-1-0.conda', 'other-1-0.conda'] });
  assert.deepEqual(json(restoreRecords(small, kept)), json(small));
});

test('where nothing is withdrawn the index is the very same', () => {
  const index = scan(INDEX);
  assert.equal(withdraw(index), index);
  assert.equal(restoreRecords(index, []), index);
});
