import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '../json/read.ts';
import { ArchiveLinks } from './archive-links.ts';
import type { ArchiveNode } from './archive-node.ts';
import { verifyListedPaths } from './listed-paths.ts';

const [HASH, OTHER] = ['ab'.repeat(32), 'cd'.repeat(32)];
const FILE = { type: 'file', sha256: HASH, size: 4 } as const;
const TREE: readonly [string, ArchiveNode][] = [
  ['info/index.json', { type: 'file', sha256: OTHER, size: 9 }],
  ['lib', { type: 'directory' }],
  ['lib/a', FILE],
  ['lib/link', { type: 'symlink', target: 'a' }],
  ['lib/astray', { type: 'symlink', target: 'b' }],
];
const A = { _path: 'lib/a', path_type: 'hardlink', sha256: HASH, size_in_bytes: 4 };
const LINK = { _path: 'lib/link', path_type: 'softlink', sha256: OTHER, size_in_bytes: 7 };
const ASTRAY = { _path: 'lib/astray', path_type: 'softlink' };

function verify(paths: unknown, nodes: readonly [string, ArchiveNode][] = TREE): number {
  const tree = new Map(nodes);
  const json = new TextEncoder().encode(JSON.stringify({ paths, paths_version: 1 }));
  return verifyListedPaths(tree, new ArchiveLinks(tree, 100), readJson(json, { maxBytes: 10_000, maxDepth: 10 }));
}

test('accepts a list of all files with their hashes and sizes, and of links by their names', () => {
  assert.equal(verify([A, LINK, ASTRAY]), 3);
  assert.equal(verify([{ ...A, sha256: HASH.toUpperCase() }, LINK, ASTRAY]), 3);
  assert.equal(verify([{ ...A, _path: './lib//a' }, LINK, ASTRAY, { _path: 'lib', path_type: 'directory' }]), 4);
  assert.equal(verify([{ _path: 'lib/a' }, LINK, ASTRAY]), 3, 'old lists state neither type nor hash');
  assert.equal(verify([A, { ...A, _path: 'lib/link' }, ASTRAY]), 3, 'a link listed as the file it leads to');
  assert.equal(verify([], [TREE[0]!]), 0);
});

test('takes an empty file for a link that Windows could not make', () => {
  const nodes: [string, ArchiveNode][] = [['lib/link', { type: 'file', sha256: HASH, size: 0 }]];
  assert.equal(verify([LINK], nodes), 1);
  assert.throws(() => verify([LINK], [['lib/link', FILE]]), { code: 'content-mismatch' });
});

test('refuses a list that belies the files', () => {
  const lies: Record<string, unknown[]> = {
    'a file more': [A, LINK, ASTRAY, { ...A, _path: 'lib/b' }],
    'a file less': [LINK, ASTRAY],
    'a link less': [A, ASTRAY],
    'another hash': [{ ...A, sha256: OTHER }, LINK, ASTRAY],
    'another size': [{ ...A, size_in_bytes: 5 }, LINK, ASTRAY],
    'a file twice': [A, A, LINK, ASTRAY],
    'a file twice, spelled otherwise': [A, { ...A, _path: 'lib/./a' }, LINK, ASTRAY],
    'a folder as a file': [A, LINK, ASTRAY, { ...A, _path: 'lib' }],
    'a file as a folder': [{ _path: 'lib/a', path_type: 'directory' }, LINK, ASTRAY],
    'a link with the hash of another file': [A, { ...A, _path: 'lib/link', sha256: OTHER }, ASTRAY],
    'a link into nothing as a file': [A, LINK, { ...A, _path: 'lib/astray' }],
  };
  for (const [lie, paths] of Object.entries(lies)) {
    assert.throws(() => verify(paths), { code: 'content-mismatch', message: /lib/ }, lie);
  }
});

test('refuses a listed path out of the tree', () => {
  for (const path of ['../a', '/etc/passwd', 'C:/a', 'lib\\a']) {
    assert.throws(() => verify([A, LINK, ASTRAY, { _path: path }]), { code: 'archive-unsafe' });
  }
});

test('refuses what is no such list', () => {
  for (const paths of [
    null,
    {},
    ['lib/a'],
    [{}],
    [{ _path: 1 }],
    [{ ...A, path_type: 'device' }],
    [{ ...A, sha256: 1 }],
    [{ ...A, size_in_bytes: -1 }],
    [{ ...A, size_in_bytes: 4.5 }],
    [{ ...A, size_in_bytes: '4' }],
  ]) {
    assert.throws(() => verify(paths), { code: 'malformed' }, JSON.stringify(paths));
  }
});
