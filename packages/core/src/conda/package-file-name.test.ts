import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackageFileName } from './package-file-name.ts';

test('a package name may hold dashes, version and build may not', () => {
  assert.deepEqual(parsePackageFileName('vs2015-run-time-14.15+1!a-h3a_4.tar.bz2'), {
    name: 'vs2015-run-time',
    version: '14.15+1!a',
    build: 'h3a_4',
    extension: 'tar.bz2',
  });
  assert.equal(parsePackageFileName('a-1-0.conda').extension, 'conda');
});

test('what is no package file name is refused', () => {
  for (const file of ['a-1.conda', 'a-1-0.zip', '-1-0.conda', 'a-1-0', 'a--0.conda', 'a-1-.conda', 'a-1-0.CONDA']) {
    assert.throws(() => parsePackageFileName(file), { code: 'malformed' }, file);
  }
});

test('what could lead out of its folder is refused as unsafe', () => {
  const parts = ['../a', 'x/a', 'a\\b', 'C:a', 'a%2fb', 'a?b', 'a#b', 'a\0b', 'a\nb', 'a\u007fb', '.a', '..', '/a'];
  for (const part of parts) {
    assert.throws(() => parsePackageFileName(`${part}-1-0.conda`), { code: 'unsafe-name' }, part);
  }
  assert.throws(() => parsePackageFileName(''), { code: 'unsafe-name' });
});
