import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { FirstSights } from './first-sights.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'antivenom-sights-'));
});
afterEach(() => rm(home, { recursive: true }));

test('what a channel offers when it is first seen is old, what comes later is as old as its first sight', async () => {
  let sights = await FirstSights.open(home, false);
  assert.equal(sights.timeOf('x', A, 100), 0);
  sights.see('x', [A], 100);
  assert.equal(sights.timeOf('x', B, 200), 200);
  sights.see('x', [A, B], 200);
  sights.close();
  sights = await FirstSights.open(home, false);
  sights.see('x', [A, B], 300);
  assert.deepEqual([sights.timeOf('x', A, 400), sights.timeOf('x', B, 400)], [0, 200]);
  // Another channel has a baseline of its own.
  assert.equal(sights.timeOf('y', B, 400), 0);
  sights.close();
});

test('a check as of another time remembers nothing, and needs nothing', async () => {
  let sights = await FirstSights.open(home, true);
  assert.equal(sights.timeOf('x', A, 100), 0);
  sights.see('x', [A], 100);
  sights.close();
  sights = await FirstSights.open(home, false);
  sights.see('x', [A], 100);
  sights.close();
  sights = await FirstSights.open(home, true);
  sights.see('x', [B], 200);
  assert.deepEqual([sights.timeOf('x', A, 300), sights.timeOf('x', B, 300)], [0, 300]);
  sights.close();
});
