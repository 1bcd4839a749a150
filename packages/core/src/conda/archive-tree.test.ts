import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ArchiveLinks } from './archive-links.ts';
import { ArchiveTree } from './archive-tree.ts';
import type { TarEntryType } from './tar-header.ts';

const MAX_PLACES = 1000;

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Files are `a`, folders `a/`, symbolic links `a -> b`, hard links `a = b`. */
function treeOf(...lines: string[]): ArchiveTree {
  const tree = new ArchiveTree();
  for (const line of lines) {
    const [path = '', arrow, link = ''] = line.split(/ (->|=) ?/);
    if (arrow !== undefined) add(tree, path, arrow === '=' ? 'hardlink' : 'symlink', link);
    else add(tree, path, path.endsWith('/') ? 'directory' : 'file');
  }
  return tree;
}

function add(tree: ArchiveTree, path: string, type: TarEntryType, link = ''): void {
  const file = { type: 'file', sha256: path, size: 1 } as const;
  tree.add({ path, type, link, size: 0, content: nothing() }, type === 'file' ? file : undefined);
}

function linksOf(...lines: string[]): ArchiveLinks {
  return treeOf(...lines).links(MAX_PLACES);
}

describe('ArchiveTree', () => {
  test('holds what stands at each path, folders that no entry names left out', () => {
    const { nodes } = treeOf('./', 'lib/', './lib/a', 'lib/b -> a', 'c = lib/a', 'x/y/z', 'lib/');
    assert.deepEqual([...nodes.keys()], ['lib', 'lib/a', 'lib/b', 'c', 'x/y/z']);
    assert.equal(nodes.get('c'), nodes.get('lib/a'));
  });

  test('refuses a path twice, but for a folder', () => {
    for (const lines of [
      ['a', 'a'],
      ['a', './a'],
      ['a/', 'a'],
      ['a', 'a/'],
      ['b', 'a -> b', 'a'],
      ['a', 'b = a', 'b'],
    ]) {
      assert.throws(() => treeOf(...lines), { code: 'archive-unsafe', message: /stands in it twice/ }, lines.join(' '));
    }
  });

  test('refuses devices and pipes, and a file without a name', () => {
    for (const type of ['character device', 'block device', 'fifo'] as const) {
      assert.throws(() => add(new ArchiveTree(), 'a', type), { code: 'archive-unsafe', message: new RegExp(type) });
    }
    assert.throws(() => add(new ArchiveTree(), './', 'file'), { code: 'archive-unsafe', message: /no name/ });
  });

  test('refuses a hard link to anything but a file before it', () => {
    for (const lines of [
      ['a = b', 'b'],
      ['b/', 'a = b'],
      ['c', 'b -> c', 'a = b'],
      ['a = ../b'],
      ['a = /etc/passwd'],
    ]) {
      assert.throws(() => treeOf(...lines), { code: 'archive-unsafe' }, lines.join(' '));
    }
  });
});

describe('ArchiveLinks', () => {
  test('finds what a link leads to, through folders and other links', () => {
    const links = linksOf('lib/a', 'lib64 -> lib', 'b -> lib64/a', 'x/y/c -> ../.././b', 'folder -> lib/');
    for (const path of ['b', 'x/y/c']) assert.deepEqual(links.target(path), { type: 'file', sha256: 'lib/a', size: 1 });
    assert.equal(links.target('folder'), undefined, 'no entry names that folder');
    assert.equal(links.target('lib/a'), undefined, 'no link');
  });

  test('follows a link into nothing, an empty one and circles to nothing', () => {
    const links = linksOf('a -> missing', 'b ->', 'c -> c', 'd -> e', 'e -> f', 'f -> d', 'g -> d/x', 'h -> b');
    for (const path of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) assert.equal(links.target(path), undefined, path);
  });

  test('refuses a link out of the tree, by itself or by way of another', () => {
    for (const lines of [
      ['a -> ..'],
      ['a -> ../b'],
      ['x/a -> ../../b'],
      ['x/a -> missing/../../../b'],
      ['x/y/up -> ../..', 'b -> x/y/up/../c'],
      // A link that is followed goes up from where it leads, not from where it stands.
      ['x/y/z/', 'x/y/z/deep -> ../../..', 'b -> x/y/z/deep/..'],
      // Windows takes `..` off the text first.
      ['one -> x/y/z', 'x/y/z/', 'b -> one/../..'],
    ]) {
      assert.throws(() => linksOf(...lines), { code: 'archive-unsafe', message: /leads out/ }, lines.join(', '));
    }
    for (const target of ['/etc/passwd', '//server', 'C:/x', './C:/x', 'a\\b', '..\\..', '.. /x', 'x/... ']) {
      assert.throws(() => treeOf(`a -> ${target}`), { code: 'archive-unsafe', message: /leads out/ }, target);
    }
  });

  test('refuses an entry that would be written through a link or a file, before or behind it', () => {
    for (const lines of [
      ['lib/', 'a -> lib', 'a/b'],
      ['a/b', 'a -> lib'],
      ['a -> lib', 'a/b/c'],
      ['a', 'a/b'],
      ['a -> lib', 'a/b -> c'],
      ['a -> lib', 'a/b/'],
    ]) {
      assert.throws(() => linksOf(...lines), { code: 'archive-unsafe', message: /written through/ }, lines.join(', '));
    }
  });

  test('takes names that mean something to JavaScript for ordinary names', () => {
    const links = linksOf('__proto__/a', 'constructor', 'b -> __proto__/a', 'c -> constructor', 'd -> toString');
    assert.ok(links.target('b') !== undefined && links.target('c') !== undefined);
    assert.equal(links.target('d'), undefined);
  });

  test('counts the places that paths and links name', () => {
    const deep = `${'a/'.repeat(600)}b`;
    assert.ok(linksOf(deep));
    assert.throws(() => linksOf(deep, `x${deep}`), { code: 'archive-unsafe', message: /more than 1000 files/ });
    assert.throws(() => linksOf(deep, `l -> x${deep}`), { code: 'archive-unsafe', message: /more than 1000 files/ });
  });

  test('follows each link once: a chain of 20,000 with long ways costs what its text does', () => {
    const tree = new ArchiveTree();
    const way = 'up/'.repeat(50);
    add(tree, 'up', 'symlink', '.');
    for (let at = 0; at < 20_000; at++) add(tree, `l${at}`, 'symlink', `${way}l${at + 1}`);
    add(tree, 'l20000', 'file');
    const links = tree.links(40_000);
    assert.equal(links.target('l0')?.type, 'file');
  });
});
