import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from './byte-range.ts';

const CASES: [header: string | undefined, expected: ReturnType<typeof parseRange>][] = [
  [undefined, 'whole'],
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=2-', { start: 2, end: 9 }],
  ['bytes=2-100', { start: 2, end: 9 }],
  ['bytes=-3', { start: 7, end: 9 }],
  ['bytes=-30', { start: 0, end: 9 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=99999999999999-', 'unsatisfiable'],
  ['bytes=5-2', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=0-1,3-4', 'whole'],
  ['bytes=0x1-2', 'whole'],
  ['lines=0-1', 'whole'],
];

for (const [header, expected] of CASES) {
  test(`of ten bytes, ${header ?? 'no header'} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseRange(header, 10), expected);
  });
}

test('no range of an empty file can be had', () => {
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(parseRange('bytes=-1', 0), 'unsatisfiable');
});
