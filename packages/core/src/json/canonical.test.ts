import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cctCanonical } from './cct-canonical.ts';
import { olpcCanonical } from './olpc-canonical.ts';
import { JsonNumber, type JsonValue } from './value.ts';
import { writeJson } from './write.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('the CCT form indents by two, sorts by code point, escapes all but plain ASCII and ends without a line break', () => {
  const value = new Map<string, JsonValue>([
    ['\u{1f600}', []],
    ['\uff61', [new JsonNumber('1E5'), new Map()]],
    ['a', 'é\u007f\n'],
  ]);
  assert.equal(
    text(cctCanonical(value)),
    '{\n  "a": "\\u00e9\\u007f\\n",\n  "\\uff61": [\n    100000.0,\n    {}\n  ],\n  "\\ud83d\\ude00": []\n}',
  );
});

test('the OLPC form escapes quote and backslash alone, and puts no space', () => {
  const value = new Map<string, JsonValue>([
    ['b', [true, null, new JsonNumber('-0')]],
    ['a', 'é"\\\n\u0000'],
  ]);
  assert.equal(text(olpcCanonical(value)), '{"a":"é\\"\\\\\n\u0000","b":[true,null,0]}');
});

test('the OLPC form has no floats', () => {
  for (const literal of ['1.0', '1e2']) {
    assert.throws(() => olpcCanonical([new JsonNumber(literal)]), { code: 'malformed' });
  }
});

test('no form writes a lone surrogate, which the encoder would replace', () => {
  for (const write of [cctCanonical, olpcCanonical, writeJson]) {
    for (const bad of ['\ud800', 'a\udc00b', '\ude00\ud83d']) {
      assert.throws(() => write(bad), { code: 'malformed' });
      assert.throws(() => write(new Map([[bad, null]])), { code: 'malformed' });
    }
  }
});

test('values nested 50,000 deep do not exhaust the stack', { timeout: 60_000 }, () => {
  let value: JsonValue = null;
  for (let depth = 0; depth < 50_000; depth++) value = depth % 2 === 0 ? [value] : new Map([['', value]]);
  assert.equal(olpcCanonical(value).length, 25_000 * 2 + 25_000 * 5 + 4);
  assert.equal(writeJson(value).length, 25_000 * 2 + 25_000 * 5 + 4);
});

test('texts longer than one chunk come out whole', () => {
  const items = Array.from({ length: 2_200 }, (_, index) => `${index}${'é'.repeat(500)}`);
  assert.equal(text(writeJson(items)), JSON.stringify(items));
  assert.deepEqual(JSON.parse(text(cctCanonical(items))), items);
});
