import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchesPathPattern, PathPattern } from './path-pattern.ts';

function names(pattern: string, ...paths: string[]): void {
  for (const path of paths) assert.ok(matchesPathPattern(pattern, path), `${pattern} names ${path}`);
}

function leaves(pattern: string, ...paths: string[]): void {
  for (const path of paths) assert.ok(!matchesPathPattern(pattern, path), `${pattern} does not name ${path}`);
}

describe('path patterns', () => {
  test('stop `*` and `?` at a slash', () => {
    names('*/repodata.json', 'linux-64/repodata.json', '/repodata.json');
    leaves('*/repodata.json', 'repodata.json', 'a/b/repodata.json', 'linux-64/repodata.jsonx');
    names('targets/?.txt', 'targets/a.txt', 'targets/😀.txt');
    leaves('targets/?.txt', 'targets/.txt', 'targets/ab.txt', 'targets//.txt');
    names('*', 'a', '');
    leaves('*', 'a/b', '/');
  });

  test('let several stars share a part', () => {
    names('*a*b*', 'ab', 'xaybz', 'aab', 'abab');
    leaves('*a*b*', 'ba', 'a', 'b');
    names('numpy-*-*.conda', 'numpy-1.0-py_0.conda', 'numpy-extra-1.0-py_0.conda');
    leaves('numpy-*-*.conda', 'numpy-1.0.conda', 'numpyx-1.0-py_0.conda');
  });

  test('read bracket sets as fnmatch does', () => {
    names('[abc]', 'a', 'b', 'c');
    leaves('[abc]', 'd', 'ab', '', '\0');
    names('[a]', 'a');
    leaves('[akz]', 'b', 'j', 'm');
    names('[a-c]x', 'ax', 'bx');
    names('[!a-c]', 'd', '!', '\0');
    leaves('[!a-c]', 'a', 'b');
    names('[]a]', ']', 'a');
    leaves('[!]a]', ']', 'a');
    names('[!]a]', 'b', '!');
    names('[!]', '[!]');
    names('[a-]', 'a', '-');
    names('[^a]', '^', 'a');
    leaves('[z-a]', 'z', 'a', 'm', '-');
    names('[!z-a]', 'q');
    names('[*?]', '*', '?');
    leaves('[*?]', 'a');
  });

  test('take an unclosed bracket for itself, also across a slash', () => {
    names('[ab', '[ab');
    names('a]b', 'a]b');
    leaves('ab]c', 'bc', 'bac');
    names('[a/b]', '[a/b]');
    leaves('[a/b]', 'a', 'b', '/');
  });

  test('know no braces, negated patterns, extended groups or escapes', () => {
    names('{a,b}', '{a,b}');
    leaves('{a,b}', 'a', 'b');
    leaves('!a', 'b');
    leaves('+(a)', 'a', 'aa');
    leaves('**', 'a/b');
    leaves('**/x', 'a/b/x');
    names('\\*', '\\', '\\a');
    leaves('A', 'a');
  });

  test('end soon for patterns made to take long', () => {
    const started = performance.now();
    leaves(`${'*a'.repeat(2000)}b`, 'a'.repeat(4000));
    assert.ok(performance.now() - started < 5000);
  });
});

test('two patterns overlap where one path has both names', () => {
  const overlap = (one: string, other: string) => {
    const [a, b] = [new PathPattern(one), new PathPattern(other)];
    assert.equal(a.overlaps(b), b.overlaps(a), `${one} and ${other}, both ways round`);
    return a.overlaps(b);
  };
  for (const [one, other] of [
    ['a', 'a'],
    ['*', ''],
    ['*/foo-*', 'linux-64/*.conda'],
    ['a*b*c', 'a?xc*'],
    ['[a-f]', '[f-z]'],
    ['[!a]', '?'],
    ['[!a]', '[!b]'],
    ['[!a-f]x', '[e-g]x'],
    ['?', '*'],
    ['[ab]*', 'b[0-9]'],
    ['?', '?'],
    ['[\0]', '[\0]'],
    ['[\u{10ffff}]', '[\u{10ffff}]'],
    ['[!b-\u{10ffff}]', '[!c]'],
    ['[!\0-b]', '[!a]'],
  ] as const) {
    assert.ok(overlap(one, other), `${one} and ${other}`);
  }
  for (const [one, other] of [
    ['a', 'b'],
    ['a', ''],
    ['*', 'a/b'],
    ['*/foo-*', '*/bar-*'],
    ['[a-f]', '[g-z]'],
    ['[!a]', 'a'],
    ['[!a-f]', '[b-e]'],
    ['a?', 'a'],
    ['*.conda', '*.json'],
    ['[!\0-\u{10ffff}]', '?'],
    ['[!\0-a]', '[!b-\u{10ffff}]'],
  ] as const) {
    assert.ok(!overlap(one, other), `${one} and ${other}`);
  }
});
