import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamePattern } from './name-pattern.ts';

function pattern(text: string): NamePattern {
  const parsed = NamePattern.parse(text);
  assert.ok(parsed instanceof NamePattern, `${text}: ${parsed}`);
  return parsed;
}

test('a pattern matches the whole name and nothing around it', () => {
  assert.ok(pattern('numpy').matches('numpy'));
  for (const name of ['numpy-base', 'xnumpy', 'nump', 'numpy\n', '']) assert.ok(!pattern('numpy').matches(name), name);
});

test('* stands for any characters, none included, wherever it stands', () => {
  assert.ok(pattern('internal-*').matches('internal-'));
  assert.ok(pattern('internal-*').matches('internal-a-b'));
  assert.ok(!pattern('internal-*').matches('my-internal-a'));
  assert.ok(pattern('*-dev').matches('a-dev'));
  assert.ok(!pattern('*-dev').matches('a-dev-b'));
  assert.ok(pattern('a*b*c').matches('axxbyyc'));
  assert.ok(!pattern('a*b*c').matches('axxcyyb'));
  assert.ok(pattern('*').matches('anything'));
});

test('a dot is a dot, and a star in a name is no wild card', () => {
  assert.ok(pattern('a.b').matches('a.b'));
  assert.ok(!pattern('a.b').matches('axb'));
  assert.ok(!pattern('ab').matches('a*'));
  assert.ok(!pattern('ab').matches('*'));
});

test('upper case in a name does not lead past a rule', () => {
  assert.ok(pattern('internal-*').matches('Internal-Tool'));
});

test('patterns that can match no package are refused with the reason', () => {
  assert.match(String(NamePattern.parse('')), /empty/);
  assert.match(String(NamePattern.parse('NumPy')), /lower case \(numpy\)/);
  for (const text of ['a b', 'a/b', 'numpy==1', 'num?y', '[a-z]', 'numpý', 'conda-forge::numpy', 'a,b']) {
    assert.match(String(NamePattern.parse(text)), /matches no package: ".+" stands in no package's name/, text);
  }
  assert.match(String(NamePattern.parse('-a')), /begins/);
  assert.match(String(NamePattern.parse('__glibc')), /virtual/);
});

test('two patterns overlap when one name matches both', () => {
  const overlapping = [
    ['internal-*', 'internal-a'],
    ['internal-*', '*-dev'],
    ['*', 'x'],
    ['a*b', 'ab*b'],
    ['a*', '*'],
    ['ab', 'ab'],
  ] as const;
  const apart = [
    ['internal-*', 'external-*'],
    ['a*b', 'a*c'],
    ['ab', 'abc'],
    ['*-dev', 'a-devel'],
    ['a*a', 'a'],
  ] as const;
  for (const [one, other] of overlapping) {
    assert.ok(pattern(one).overlaps(pattern(other)) && pattern(other).overlaps(pattern(one)), `${one} ${other}`);
  }
  for (const [one, other] of apart) {
    assert.ok(!pattern(one).overlaps(pattern(other)) && !pattern(other).overlaps(pattern(one)), `${one} ${other}`);
  }
});

test('a hundred wild cards take no longer than their table', () => {
  const started = performance.now();
  assert.ok(!pattern(`${'a*'.repeat(100)}b`).matches('a'.repeat(1000)));
  assert.ok(performance.now() - started < 1000);
});
