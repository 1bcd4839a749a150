import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEquals } from './equals.ts';
import { readJson } from './read.ts';
import type { JsonValue } from './value.ts';

const read = (text: string) => readJson(Buffer.from(text), { maxBytes: 1000, maxDepth: 10 });

test('finds equal what means the same', () => {
  const pairs: [string, string][] = [
    ['{"a":1,"b":[{}]}', '{"b":[{}],"a":1}'],
    ['1.0', '1.00'],
    ['1E5', '100000.0'],
    ['0', '-0'],
    ['"\\u00e9"', '"é"'],
  ];
  for (const [a, b] of pairs) assert.ok(jsonEquals(read(a), read(b)), `${a} and ${b}`);
});

test('finds different what does not', () => {
  const texts = [
    '1',
    '1.0',
    '-0.0',
    '0.0',
    '0',
    '"1"',
    'true',
    'false',
    'null',
    '[]',
    '{}',
    '[1]',
    '[1,2]',
    '[2,1]',
    '[[1],2]',
  ];
  const objects = [
    '{"a":1}',
    '{"a":2}',
    '{"b":1}',
    '{"a":1,"b":1}',
    '{"a":null}',
    '{"a":{}}',
    '{"a":[]}',
    '"é"',
    '"e\u0301"',
  ];
  for (const a of [...texts, ...objects]) {
    for (const b of [...texts, ...objects]) assert.equal(jsonEquals(read(a), read(b)), a === b, `${a} and ${b}`);
  }
});

test('compares values nested 100,000 deep without exhausting the stack', { timeout: 60_000 }, () => {
  const nested = (core: JsonValue) => {
    let value = core;
    for (let depth = 0; depth < 100_000; depth++) value = depth % 2 === 0 ? [value] : new Map([['', value]]);
    return value;
  };
  assert.equal(jsonEquals(nested(true), nested(true)), true);
  assert.equal(jsonEquals(nested(true), nested(false)), false);
});
