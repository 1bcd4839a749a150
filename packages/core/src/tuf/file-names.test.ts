import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkTargetPath, hashPrefixedUrlPath, roleFileName, targetFileName, targetUrlPath } from './file-names.ts';

describe('role file names', () => {
  test('leave ordinary names alone and put the version first', () => {
    assert.equal(roleFileName('targets'), 'targets.json');
    assert.equal(roleFileName('snapshot', 12), '12.snapshot.json');
    assert.equal(roleFileName('registry.npmjs.org', 5), '5.registry.npmjs.org.json');
  });

  test('escape what could lead elsewhere, as other TUF clients do', () => {
    assert.equal(roleFileName('../a'), '..%2Fa.json');
    assert.equal(roleFileName('/a', 1), '1.%2Fa.json');
    assert.equal(roleFileName('?'), '%3F.json');
    assert.equal(roleFileName('#'), '%23.json');
    assert.equal(roleFileName('a\\b\0c'), 'a%5Cb%00c.json');
    assert.equal(roleFileName("!'()*~"), '%21%27%28%29%2A~.json');
    assert.equal(roleFileName('%2e'), '%252e.json');
    assert.equal(roleFileName('ö'), '%C3%B6.json');
    assert.equal(roleFileName('..'), '...json');
  });

  test('refuse a name that no file can have', () => {
    for (const name of ['', 'a'.repeat(221), '/'.repeat(74), '\ud800']) {
      assert.throws(() => roleFileName(name), { code: 'unsafe-name' });
    }
    assert.equal(roleFileName('a'.repeat(220)).length, 225);
  });
});

describe('target paths', () => {
  const paths = [
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'C:/a',
    'c:a',
    '%2e%2e/a',
    '\ud800',
  ];

  test('that could lead out of the folder are refused wherever a name is made of them', () => {
    for (const path of paths) {
      assert.throws(() => checkTargetPath(path), { code: 'unsafe-name' }, JSON.stringify(path));
      assert.throws(() => targetFileName(path), { code: 'unsafe-name' });
      assert.throws(() => hashPrefixedUrlPath(path, 'ab'), { code: 'unsafe-name' });
    }
  });

  test('that are refused are shown, the long ones cut, with what to do', () => {
    const refusal = (name: string, shown: string) => {
      const message = `the target path ${shown} is refused: it could lead out of its folder`;
      assert.throws(() => checkTargetPath(name), { code: 'unsafe-name', message, hint: /\w/, details: { name } });
    };
    refusal('../a', '"../a"');
    refusal(`../${'a'.repeat(77)}`, `"../${'a'.repeat(77)}"`);
    refusal(`../${'a'.repeat(78)}`, `"../${'a'.repeat(77)}…"`);
    assert.throws(() => roleFileName(''), { message: 'the role name "" is refused: no file can have it' });
    assert.throws(() => targetFileName('a'.repeat(221)), {
      message: /^the target path "a{80}…" is refused: .* too long/,
    });
  });

  test('of packages and indexes are taken', () => {
    for (const path of [
      'linux-64/repodata.json.zst',
      'noarch/_x-1!2.0-0.conda',
      'a/..b',
      'a b',
      'ö',
      '100%',
      '5%f',
      'a%g0',
      'epoch/1!2:a',
      'noarch/a:b',
    ])
      checkTargetPath(path);
    assert.equal(targetFileName('linux-64/repodata.json'), 'linux-64%2Frepodata.json');
  });

  test('become URL paths, with the hash before the file name where snapshots are consistent', () => {
    const target = { path: 'noarch/a b#.conda', length: 1, hashes: new Map([['sha256', 'cd'] as const]) };
    assert.equal(targetUrlPath(target, false), 'noarch/a%20b%23.conda');
    assert.equal(targetUrlPath(target, true), 'noarch/cd.a%20b%23.conda');
    assert.equal(targetUrlPath({ ...target, hashes: new Map() }, true), 'noarch/a%20b%23.conda');
    assert.equal(hashPrefixedUrlPath('file', 'ab'), 'ab.file');
  });
});
