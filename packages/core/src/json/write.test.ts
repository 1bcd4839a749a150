import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber, type JsonValue } from './value.ts';
import { writeJson } from './write.ts';

const value = new Map<string, JsonValue>([
  ['b', new JsonNumber('1.50')],
  ['1', [new JsonNumber('-0'), 'é\n\u007f']],
  ['empty', [new Map(), []]],
]);

test('writes members in their order and numbers as they were, on one line', () => {
  assert.equal(Buffer.from(writeJson(value)).toString(), '{"b":1.50,"1":[-0,"é\\n\u007f"],"empty":[{},[]]}');
});

test('writes each member on its own line when told how far to indent', () => {
  assert.equal(
    Buffer.from(writeJson(value, { indent: 1 })).toString(),
    '{\n "b": 1.50,\n "1": [\n  -0,\n  "é\\n\u007f"\n ],\n "empty": [\n  {},\n  []\n ]\n}',
  );
});
