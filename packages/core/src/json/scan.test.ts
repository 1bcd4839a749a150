import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonMember, scanMembers, walkMembers } from './scan.ts';

const limits = { maxBytes: 1_000_000, maxDepth: 64 };
const bytes = (text: string) => Buffer.from(text);
const refusal = (offset: number) => ({ name: 'MalformedError', code: 'malformed', details: { offset } });

function scan(text: string, start = 0, within = limits): { members: JsonMember[]; end: number } {
  const members: JsonMember[] = [];
  const end = walkMembers(bytes(text), start, within, {
    leave: (key, keyStart, valueStart, valueEnd) => members.push({ key, keyStart, valueStart, valueEnd }),
  });
  return { members, end };
}

test('gives the offsets of each key and value, white space left out', () => {
  const text = ' { "a" : [1, {"b": "]}"}] ,"\\u00e9":-1.5e3\n} rest';
  const { members, end } = scan(text);
  assert.deepEqual(
    members.map(({ key, keyStart, valueStart, valueEnd }) => [key, text[keyStart], text.slice(valueStart, valueEnd)]),
    [
      ['a', '"', '[1, {"b": "]}"}]'],
      ['é', '"', '-1.5e3'],
    ],
  );
  assert.equal(text.slice(end), ' rest');
});

test('begins where it is told, and leaves what follows to the caller', () => {
  const text = '{"outer":{"inner":{}}}';
  const { members, end } = scan(text, 9);
  assert.deepEqual(members, [{ key: 'inner', keyStart: 10, valueStart: 18, valueEnd: 20 }]);
  assert.equal(end, 21);
});

test('ends an empty object at once', () => {
  assert.deepEqual(scan(' { } '), { members: [], end: 4 });
});

test('refuses what is no object', () => {
  for (const text of ['', '[]', '"a"', 'null', '\ufeff{}']) assert.throws(() => scan(text), refusal(0));
});

test('refuses a duplicate key of the object itself, in whatever spelling', () => {
  assert.throws(() => scan('{"a":1,"\\u0061":2}'), refusal(7));
});

test('hands over members up to the damage and not past it', () => {
  const keys: string[] = [];
  const walk = () => walkMembers(bytes('{"a":1,"b":[1,],"c":2}'), 0, limits, { leave: (key) => keys.push(key) });
  assert.throws(walk, refusal(14));
  assert.deepEqual(keys, ['a']);
});

test('looks into the values that a visitor enters, by the same limits', () => {
  const text = '{"a":{"b":{}},"c":[2]}';
  const inner: string[] = [];
  const outer: string[] = [];
  const walk = (maxDepth: number) => {
    const within = { maxBytes: 100, maxDepth };
    return walkMembers(bytes(text), 0, within, {
      enter: (key, at, depth) =>
        key === 'a' ? walkMembers(bytes(text), at, within, { leave: (name) => inner.push(name) }, depth) : undefined,
      leave: (key, _, start, end) => outer.push(`${key} ${text.slice(start, end)}`),
    });
  };
  assert.equal(walk(3), text.length);
  assert.deepEqual([inner, outer], [['b'], ['a {"b":{}}', 'c [2]']]);
  assert.throws(() => walk(2), refusal(10));
});

test('refuses damage within the values it skips', () => {
  const damaged: [string, number][] = [
    ['{"a":{"b" 1}}', 10],
    ['{"a":{b:1}}', 6],
    ['{"a":[1}}', 7],
    ['{"a":[1', 7],
    ['{"a":01}', 5],
    ['{"a":"\\ud800"}', 6],
    ['{"a":1e999}', 5],
    ['{"a":[truth]}', 6],
    ['{"a":"\n"}', 6],
    ['{"a":1', 6],
    ['{"a":1,}', 7],
    ['{"a":1 "b":2}', 7],
    ['{"a"', 4],
    ['{', 1],
    ['{b":1}', 1],
    ['{"a":1,b":2}', 7],
    ['{"a":[1,', 8],
    ['{"a":{"b":1,', 12],
    ['{"a":{', 6],
    ['{"a":[', 6],
    ['{"a":', 5],
    ['{"a":1,', 7],
  ];
  for (const [text, offset] of damaged) assert.throws(() => scan(text), refusal(offset), text);
  assert.throws(() => scanMembers(Buffer.from('{"a":"\xff"}', 'latin1'), 0, limits), refusal(6));
});

test('counts depth from the object it walks', () => {
  assert.equal(scan('{"a":[[1]]}', 0, { maxBytes: 100, maxDepth: 3 }).members.length, 1);
  assert.throws(() => scan('{"a":[[1]]}', 0, { maxBytes: 100, maxDepth: 2 }), refusal(6));
  assert.throws(() => scan('{}', 0, { maxBytes: 100, maxDepth: 0 }), refusal(0));
  assert.throws(() => scan(`{"a":${'['.repeat(100_000)}`), refusal(5 + 63));
});

test('skips 100,000 brackets where the limit allows them: the stack is not the bound', () => {
  const value = '['.repeat(100_000) + ']'.repeat(100_000);
  assert.equal(scan(`{"a":${value}}`, 0, { maxBytes: 1e6, maxDepth: 100_001 }).members[0]?.valueEnd, 5 + value.length);
});

test('refuses more bytes than the limit', () => {
  assert.throws(() => scan('{}  ', 0, { maxBytes: 3, maxDepth: 9 }), refusal(3));
  assert.equal(scan('{}  ', 0, { maxBytes: 4, maxDepth: 9 }).end, 2);
});

test('refuses a key without its opening quote also in what it only walks over', () => {
  assert.throws(() => scan('{"a":{x":1}}'), refusal(6));
  assert.throws(() => scan('{"a":{"b":1,x":1}}'), refusal(12));
});
