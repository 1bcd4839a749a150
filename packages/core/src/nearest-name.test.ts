import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from './nearest-name.ts';

test('a dropped, added, wrong or swapped letter finds the name that was meant', () => {
  for (const typed of ['chanels', 'channnels', 'chamnels', 'chanenls', 'Channels']) {
    assert.equal(nearestName(typed, ['packages', 'channels']), 'channels', typed);
  }
});

test('the nearest of several is taken, and the first of equals', () => {
  assert.equal(nearestName('linux-65', ['linux-64', 'linux-32', 'linux-ppc64']), 'linux-64');
  assert.equal(nearestName('ab1', ['ab2', 'ab3']), 'ab2');
});

test('nothing is suggested for what resembles no name', () => {
  assert.equal(nearestName('gateway', ['sign', 'init', 'refresh']), undefined);
  assert.equal(nearestName('', ['a']), undefined);
  assert.equal(nearestName('x', []), undefined);
});
