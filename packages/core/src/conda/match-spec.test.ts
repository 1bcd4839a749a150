import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatchSpec } from './match-spec.ts';
import { Version } from './version.ts';

function candidate(versionText: string, build = 'py312_0', buildNumber = 0) {
  return { version: Version.parse(versionText), versionText, build, buildNumber };
}

// spec, versions that satisfy it, versions that do not
const CASES: [string, string[], string[]][] = [
  ['zlib', ['1', '2.0rc1'], []],
  ['zlib *', ['1', '2.0rc1'], []],
  ['zlib 1.2', ['1.2', '1.2.0'], ['1.2.1', '1.20']],
  ['zlib ==1.2', ['1.2', '1.2.0'], ['1.2.1']],
  ['zlib=1.2', ['1.2', '1.2.9', '1.2rc1'], ['1.20', '1.1']],
  ['zlib 1.2*', ['1.2', '1.2.9'], ['1.20']],
  ['zlib 1.2.*', ['1.2', '1.2.9'], ['1.20']],
  ['zlib >=1.2,<2', ['1.2', '1.9'], ['2', '1.1', '2.0']],
  ['zlib>=1.2,<2.0a0', ['1.2'], ['2.0', '2.0a0']],
  ['zlib >=1.2 , <2', ['1.2', '1.9'], ['2']],
  ['zlib !=1.3', ['1.2'], ['1.3', '1.3.0']],
  ['zlib !=1.3.*', ['1.2', '1.4'], ['1.3', '1.3.7']],
  ['zlib ~=1.3.2', ['1.3.2', '1.3.9'], ['1.3.1', '1.4']],
  ['zlib 1.2|>=3', ['1.2', '3', '4'], ['2']],
  ['zlib 1.*.3', ['1.2.3', '1.2.2.3'], ['1.2.4', '2.2.3']],
  ['ZLIB <2 # a comment', ['1'], ['2']],
  ['zlib <2 if __unix', ['1'], ['2']],
  ["zlib[version='>=1.2,<2']", ['1.2'], ['2']],
  ['zlib[version=1.2]', ['1.2'], ['1.3']],
];

test('a dependency takes the versions that conda would take', () => {
  for (const [text, good, bad] of CASES) {
    const spec = MatchSpec.parse(text);
    assert.equal(spec?.name, 'zlib', text);
    for (const version of good) assert.equal(spec?.matches(candidate(version)), true, `${text} takes ${version}`);
    for (const version of bad) assert.equal(spec?.matches(candidate(version)), false, `${text} refuses ${version}`);
  }
});

test('a build is exact or a glob, and stands after a space or an equals sign', () => {
  const cases: [string, string, boolean][] = [
    ['numpy 1.26 py312_0', 'py312_0', true],
    ['numpy 1.26 py312_0', 'py312_1', false],
    ['numpy=1.26=py312_0', 'py312_0', true],
    ['numpy 1.26 py3*_0', 'py312_0', true],
    ['numpy 1.26 *_cpython', 'py312_0', false],
    ['numpy * *', 'anything', true],
    ['numpy >=1.0 , < 2.0 =py312_0', 'py312_0', true],
    ['numpy[build=py312_0]', 'py312_0', true],
  ];
  for (const [text, build, expected] of cases) {
    assert.equal(MatchSpec.parse(text)?.matches(candidate('1.26', build)), expected, `${text} and ${build}`);
  }
  // Beside a build, one equals sign asks for the exact version.
  assert.equal(MatchSpec.parse('numpy=1.26=py312_0')?.matches(candidate('1.26.4')), false);
});

test('a build number can be asked for in brackets', () => {
  const spec = MatchSpec.parse('numpy[version=1.26, build_number=3]');
  assert.equal(spec?.matches(candidate('1.26', 'x', 3)), true);
  assert.equal(spec?.matches(candidate('1.26', 'x', 2)), false);
});

test('a spec that this reader does not read is no spec, rather than one that takes too much', () => {
  const texts = [
    '',
    '*',
    'feature@',
    'conda-forge::numpy',
    'numpy >',
    'numpy >=',
    'numpy ^(a+)+$',
    'numpy 1.0 ^(a+)+$',
  ];
  texts.push('numpy[license=MIT]', 'numpy[md5=0]', 'https://x.example/numpy-1-0.conda', 'numpy >=1..2', 'num py=x=y=z');
  texts.push(`numpy[${'a='.repeat(100_000)}"]`, `numpy ${'>=1,'.repeat(100_000)}<2`);
  for (const text of texts) assert.equal(MatchSpec.parse(text), undefined, text);
});
