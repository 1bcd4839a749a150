import assert from 'node:assert/strict';
import { test } from 'node:test';
import { object } from './build.ts';
import { JsonNumber } from './value.ts';

test('builds an object from a record, integers and all', () => {
  assert.deepEqual(
    object({ type: 'root', version: 1, delegations: object({}) }),
    new Map<string, unknown>([
      ['type', 'root'],
      ['version', new JsonNumber('1')],
      ['delegations', new Map()],
    ]),
  );
});

test('keeps the order of entries whose names look like integers', () => {
  assert.deepEqual(
    [
      ...object([
        ['b', 'x'],
        ['1', 'y'],
        ['__proto__', 'z'],
      ]).keys(),
    ],
    ['b', '1', '__proto__'],
  );
  assert.deepEqual([...object(new Map([['2', 1]])).keys()], ['2']);
});

test('refuses numbers that are no safe integers', () => {
  for (const number of [1.5, Number.NaN, 2 ** 53]) assert.throws(() => object({ number }), RangeError);
});
