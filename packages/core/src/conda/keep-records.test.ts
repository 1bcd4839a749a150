import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepRecords, selectRecords } from './keep-records.ts';
import { scanRepodata } from './repodata.ts';

const FILES = ['a', 'b', 'c', 'd'];
const INDEX = {
  info: { subdir: 'noarch' },
  packages: Object.fromEntries(FILES.map((name) => [`${name}-1-0.tar.bz2`, { name }])),
  removed: [],
  v3: { whl: { 'e-1-0': { name: 'e' } } },
};

test('whichever records go, the rest stands as if the indexer had written it so', () => {
  for (let kept = 0; kept < 2 ** FILES.length; kept++) {
    const names = FILES.filter((_, index) => kept & (1 << index));
    const packages = Object.fromEntries(names.map((name) => [`${name}-1-0.tar.bz2`, { name }]));
    for (const indent of [undefined, 2]) {
      const bytes = new TextEncoder().encode(JSON.stringify(INDEX, null, indent));
      const keep = ({ file }: { file: string }) => !/^[abcd]-/.test(file) || names.includes(file.charAt(0));
      const made = new TextDecoder().decode(keepRecords(scanRepodata(bytes, { maxBytes: 1000, maxDepth: 9 }), keep));
      const expected = JSON.stringify({ ...INDEX, packages }, null, indent);
      assert.equal(made, expected);
    }
  }
});

test('members of the index go by name, with all records they hold', () => {
  const bytes = new TextEncoder().encode(JSON.stringify(INDEX));
  const repodata = scanRepodata(bytes, { maxBytes: 1000, maxDepth: 9 });
  for (const drop of [['info'], ['v3', 'removed'], ['packages'], ['info', 'packages'], Object.keys(INDEX), ['none']]) {
    const made = new TextDecoder().decode(keepRecords(repodata, () => false, new Set([...drop, 'packages', 'v3'])));
    const left = Object.entries(INDEX).filter(([key]) => !drop.includes(key) && key !== 'packages' && key !== 'v3');
    assert.equal(made, JSON.stringify(Object.fromEntries(left)));
  }
});

test('with a record goes its signature, wherever it stands', () => {
  const signatures = Object.fromEntries(FILES.map((name) => [`${name}-1-0.tar.bz2`, { key: { signature: name } }]));
  const bytes = new TextEncoder().encode(JSON.stringify({ ...INDEX, signatures }, null, 2));
  const selected = selectRecords(scanRepodata(bytes, { maxBytes: 2000, maxDepth: 9 }), ({ file }) =>
    /^[be]/.test(file),
  );
  const made = JSON.parse(new TextDecoder().decode(selected));
  assert.deepEqual(Object.keys(made.packages), ['b-1-0.tar.bz2']);
  assert.deepEqual(made.signatures, { 'b-1-0.tar.bz2': { key: { signature: 'b' } } });
  assert.deepEqual(made.v3, INDEX.v3);
});
