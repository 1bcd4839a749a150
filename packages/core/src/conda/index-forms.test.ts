import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CHANNEL_INDEX_FORMS,
  DERIVED_INDEX_FORMS,
  INDEX_PATH_PATTERNS,
  SHARD_INDEX,
  SUBDIR_INDEX_FORMS,
  shardFileName,
  shardHashOf,
  twinOf,
} from './index-forms.ts';

test('a compressed form is a twin of its base, and nothing else is a twin', () => {
  assert.deepEqual(twinOf('repodata.json.zst'), { base: 'repodata.json', compression: 'zst' });
  assert.deepEqual(twinOf('channeldata.json.bz2'), { base: 'channeldata.json', compression: 'bz2' });
  for (const name of ['repodata.json', SHARD_INDEX, 'foo-1-0.tar.bz2', 'repodata.json.zst.zst', '__proto__']) {
    assert.equal(twinOf(name), undefined, name);
  }
});

test('every pattern of the role index ends in the exact name of an index file, with at most one folder before it', () => {
  const names = new Set([...SUBDIR_INDEX_FORMS, ...CHANNEL_INDEX_FORMS]);
  for (const pattern of INDEX_PATH_PATTERNS) {
    const name = pattern.startsWith('*/') ? pattern.slice(2) : pattern;
    assert.ok(names.has(name), pattern);
    assert.doesNotMatch(name, /[*?[\]/]/);
    assert.doesNotMatch(name, /\.(conda|tar\.bz2|whl)$/);
  }
  assert.equal(INDEX_PATH_PATTERNS.length, names.size);
});

test('derived forms are forms of the subdir, and never repodata.json itself or what is made from packages', () => {
  for (const name of DERIVED_INDEX_FORMS) assert.ok(SUBDIR_INDEX_FORMS.includes(name), name);
  assert.ok(!DERIVED_INDEX_FORMS.includes('repodata.json'));
  assert.ok(!DERIVED_INDEX_FORMS.some((name) => name.includes('from_packages') || name.startsWith('run_exports')));
});

test('a shard is named by 64 lower-case hex digits', () => {
  const hash = 'ab'.repeat(32);
  assert.equal(shardHashOf(shardFileName(hash)), hash);
  assert.equal(shardHashOf(shardFileName(hash.toUpperCase())), undefined);
  assert.equal(shardHashOf(SHARD_INDEX), undefined);
  assert.equal(shardHashOf(`../${shardFileName(hash)}`), undefined);
});
