import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinInside } from './paths.ts';

test('joins ordinary names', () => {
  assert.equal(joinInside('base', 'linux-64/repodata.json'), join('base', 'linux-64', 'repodata.json'));
  assert.equal(joinInside('base', '..a/_b-1.0-0.conda'), join('base', '..a', '_b-1.0-0.conda'));
});

for (const name of [
  '',
  '/etc/passwd',
  '..',
  'a/../b',
  'a//b',
  'a\\b',
  'C:/x',
  'a\0b',
  '%2e%2e/x',
  'nul.json',
  'a:b',
  'a./b',
]) {
  test(`refuses ${JSON.stringify(name)}`, () => {
    assert.throws(() => joinInside('base', name), { code: 'unsafe-name' });
  });
}
