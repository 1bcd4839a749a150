import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { forEachParallel } from './parallel.ts';

test('runs so many at a time, and all of them', async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  await forEachParallel([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await setImmediate();
    running--;
    done.push(item);
  });
  assert.deepEqual([most, done.sort()], [2, [1, 2, 3, 4, 5]]);
});

test('begins nothing more after an error', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await setImmediate();
    if (item === 1) throw new Error('one');
  };
  await assert.rejects(forEachParallel([1, 2, 3, 4, 5, 6, 7, 8], 2, work), /one/);
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  assert.ok(begun.length <= 3, String(begun));
});
