import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safePath } from './archive-path.ts';

test('gives a path as it will be on disk', () => {
  for (const [path, safe] of [
    ['lib/a.txt', 'lib/a.txt'],
    ['./lib//./a.txt', 'lib/a.txt'],
    ['lib/', 'lib'],
    ['./', ''],
    ['share/man/Foo::Bar.3', 'share/man/Foo::Bar.3'],
    ['..a/.b/c..', '..a/.b/c..'],
    ['__proto__', '__proto__'],
    ['naïve/🐍', 'naïve/🐍'],
  ] as const) {
    assert.equal(safePath(path), safe);
  }
});

test('refuses a path that leads out of the tree, on any system', () => {
  for (const path of [
    '/etc/passwd',
    '//server/share',
    '..',
    '../a',
    'a/../../b',
    'a/..',
    'C:/a',
    'c:a',
    './C:/a',
    'a\\b',
    '..\\a',
    'a/.. /.. /b',
    'a/... /b',
    'a\0b',
    'a\nb',
    'a\u007f',
  ]) {
    assert.throws(() => safePath(path), { code: 'archive-unsafe' }, path);
  }
});
