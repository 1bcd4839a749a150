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

test('what is no plain package file name is refused', () => {
  for (const file of [
    'a-1.conda',
    'a-1-0.zip',
    '../a-1-0.conda',
    'x/a-1-0.conda',
    'a\\b-1-0.conda',
    '-1-0.conda',
    '',
  ]) {
    assert.throws(() => parsePackageFileName(file), { code: 'malformed' }, file);
  }
});
