import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson, readJsonAt } from './read.ts';
import { JsonNumber, type JsonObject } from './value.ts';

const limits = { maxBytes: 1_000_000, maxDepth: 64 };
const bytes = (text: string) => Buffer.from(text);
const refusal = (offset: number) => ({ name: 'MalformedError', code: 'malformed', details: { offset } });

test('keeps members in the order of appearance, also when their names look like integers', () => {
  const value = readJson(bytes('{"b":1,"10":2,"a":3,"9":4}'), limits) as JsonObject;
  assert.deepEqual([...value.keys()], ['b', '10', 'a', '9']);
});

test('keeps the literal of a number', () => {
  assert.deepEqual(readJson(bytes('[1.00,-0,1E5]'), limits), [
    new JsonNumber('1.00'),
    new JsonNumber('-0'),
    new JsonNumber('1E5'),
  ]);
});

test('takes __proto__ and constructor for ordinary names', () => {
  const value = readJson(bytes('{"__proto__":{"polluted":true},"constructor":null}'), limits) as JsonObject;
  assert.deepEqual([...value.keys()], ['__proto__', 'constructor']);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('reads a view into a larger buffer', () => {
  assert.deepEqual(readJson(bytes('xx["é"]xx').subarray(2, -2), limits), ['é']);
});

test('reads between two offsets, and counts offsets in errors from the beginning of the bytes', () => {
  const whole = bytes('garbage {"a":true} garbage');
  assert.deepEqual(readJsonAt(whole, 7, 19, limits), new Map([['a', true]]));
  assert.throws(() => readJsonAt(whole, 7, 20, limits), refusal(19));
  assert.throws(() => readJsonAt(whole, 8, 17, limits), refusal(17));
  assert.throws(() => readJsonAt(bytes('"abc"'), 0, 4, limits), refusal(0));
  assert.throws(() => readJsonAt(bytes('"\\u00e9"'), 0, 6, limits), refusal(1));
  assert.throws(() => readJsonAt(bytes('"é"'), 0, 2, limits), refusal(1));
  assert.throws(() => readJsonAt(bytes('true'), 0, 3, limits), refusal(0));
});

test('reads a part as it reads that part alone, whatever follows it', () => {
  const texts = [
    '{"a":[1,{"b":null}],"c":"\\u00e9\\ud83d\\ude00é😀\\n"}',
    '[-0.5e+10,-12,0,[],{},"",true,false]',
    '[1.0E-1,10]',
    ' {"a" : 1 , "b" : [ 2 ] } ',
    '["\\ud83d\\ude00"]',
  ];
  const answer = (run: () => unknown) => {
    try {
      return { value: run() };
    } catch (error) {
      return { refused: String(error) };
    }
  };
  for (const whole of texts.map(bytes)) {
    for (let end = 0; end <= whole.length; end++) {
      const alone = answer(() => readJson(whole.subarray(0, end), limits));
      assert.deepEqual(
        answer(() => readJsonAt(whole, 0, end, limits)),
        alone,
        `${end} bytes of ${whole}`,
      );
    }
  }
});

test('says what is wrong with a text', () => {
  const reasons: [text: string, reason: string, offset: number][] = [
    ['', 'it ends where a value should be', 0],
    ['[', 'it ends where a value should be', 1],
    ['\ufeff[]', 'a byte-order mark or other character stands where a value should be', 0],
    ['[x]', 'there is no value where one should be', 1],
    ['[nil]', 'there is no value where one should be', 1],
    ['"a', 'a string does not end', 0],
    ['"é', 'a string does not end', 0],
    ['"\n"', 'a control character stands unescaped in a string', 1],
    ['"\\x0041"', 'an escape in a string is none of those JSON has', 1],
    ['"\\u004"', 'an escape in a string is none of those JSON has', 1],
    ['"\\ud800"', 'half of a surrogate pair stands alone in a string', 1],
    ['01', 'a number begins with a zero too many', 0],
    ['-', 'a number lacks a digit', 0],
    ['1e999', 'a number is too large for a double', 0],
    ['[1}', 'a comma or closing bracket should stand here', 2],
    ['{"a":1]', 'a comma or closing brace should stand here', 6],
    ['{a', 'a key in quotes should stand here', 1],
    ['{"a"}', 'a colon should follow the key', 4],
    ['1 2', 'something follows the value', 2],
  ];
  for (const [text, reason, offset] of reasons) {
    assert.throws(() => readJson(bytes(text), limits), {
      code: 'malformed',
      message:
        text === '-' ? `not well-formed JSON: ${reason} (byte 1)` : `not well-formed JSON: ${reason} (byte ${offset})`,
      hint: /\w/,
    });
  }
});

test('takes no two halves for a surrogate pair but a high and a low one, both escaped', () => {
  for (const [pair, text] of [
    ['\\ud800\\udc00', '\u{10000}'],
    ['\\udbff\\udfff', '\u{10ffff}'],
  ]) {
    assert.equal(readJson(bytes(`"${pair}"`), limits), text);
  }
  for (const halves of [
    '\\udc00\\udc00',
    '\\udfff\\udc00',
    '\\ud800\\ud800',
    '\\ud800\\udbff',
    '\\ud800\\ue000',
    '\\ud800\\uffff',
    '\\ud800\\u0041',
    '\\ud800xudc00',
    '\\ud800\\xdc00',
    '\\ud800\\udc0',
    '\\ud800',
  ]) {
    assert.throws(() => readJson(bytes(`"${halves}"`), limits), refusal(1), halves);
  }
});

test('takes the first and last character of each length of UTF-8, and no other way to write one', () => {
  const characters = '\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}';
  assert.equal(readJson(bytes(`"${characters}"`), limits), characters);
  for (const hex of [
    '80',
    '808080',
    'bf',
    'c080',
    'c1bf',
    'c0808080',
    'c18080',
    'c2',
    'c27f',
    'c2c0',
    'e09fbf',
    'eda080',
    'e08080',
    'f08fbfbf',
    'f4908080',
    'f5808080',
    'f8888080',
    'ff',
    'e2ff80',
    'e28022',
  ]) {
    const text = Buffer.concat([bytes('"'), Buffer.from(hex, 'hex'), bytes('"')]);
    assert.throws(() => readJson(text, limits), refusal(1), hex);
  }
});

test('takes integers of any length, and floats that a double can hold', () => {
  const digits = '1'.repeat(400);
  assert.deepEqual(readJson(bytes(digits), limits), new JsonNumber(digits));
  assert.throws(() => readJson(bytes(`${digits}.5`), limits), refusal(0));
  assert.throws(() => readJson(bytes(`${digits}e1`), limits), refusal(0));
});

test('takes as many bytes as the limit says, and not one more', () => {
  assert.equal(readJson(bytes('true'), { maxBytes: 4, maxDepth: 1 }), true);
  assert.throws(() => readJson(bytes('true '), { maxBytes: 4, maxDepth: 1 }), refusal(4));
  assert.equal(readJsonAt(bytes('      true'), 6, 10, { maxBytes: 4, maxDepth: 1 }), true);
});

test('takes arrays and objects as deep as the limit says, and not one deeper', () => {
  assert.deepEqual(readJson(bytes('[{"a":[]}]'), { maxBytes: 100, maxDepth: 3 }), [new Map([['a', []]])]);
  assert.throws(() => readJson(bytes('[{"a":[[]]}]'), { maxBytes: 100, maxDepth: 3 }), refusal(7));
  assert.throws(() => readJson(bytes('[]'), { maxBytes: 100, maxDepth: 0 }), refusal(0));
});

test('refuses 100,000 brackets, open or closed, with an error of its own', () => {
  assert.throws(() => readJson(bytes('['.repeat(100_000)), limits), refusal(64));
  assert.throws(() => readJson(bytes('{"":'.repeat(100_000)), limits), refusal(64 * 4));
  assert.throws(() => readJson(bytes('['.repeat(100_000) + ']'.repeat(100_000)), limits), refusal(64));
});

test('reads 100,000 brackets where the limit allows them: the stack is not the bound', { timeout: 60_000 }, () => {
  let value = readJson(bytes('['.repeat(100_000) + ']'.repeat(100_000)), { maxBytes: 1e6, maxDepth: 1e5 });
  let depth = 0;
  for (; Array.isArray(value); depth++) value = value[0] ?? null;
  assert.equal(depth, 100_000);
});

test('finds a duplicate among 200,000 keys in time that does not grow with their square', { timeout: 20_000 }, () => {
  const members = Array.from({ length: 200_000 }, (_, index) => `"package-${index}":0`);
  const text = `{${members.join(',')}`;
  assert.equal((readJson(bytes(`${text}}`), { maxBytes: 1e7, maxDepth: 1 }) as JsonObject).size, 200_000);
  assert.throws(
    () => readJson(bytes(`${text},"package-0":0}`), { maxBytes: 1e7, maxDepth: 1 }),
    refusal(text.length + 1),
  );
});

test('shows a long or odd duplicate key on one line of plain letters', () => {
  const key = `\u202e\\n${'x'.repeat(100)}`;
  assert.throws(
    () => readJson(bytes(`{"${key}":1,"${key}":2}`), limits),
    (error: Error) => {
      assert.match(error.message, /the key "\\u202e\\nx{78}\.\.\." stands twice in one object \(byte 111\)$/);
      return true;
    },
  );
});

test('reads a string of a million escapes in time that does not grow with its square', { timeout: 20_000 }, () => {
  const text = readJson(bytes(`"${'\\ud83d\\ude00'.repeat(500_000)}"`), { maxBytes: 1e7, maxDepth: 1 });
  assert.equal(text, '😀'.repeat(500_000));
});

test('does not mix up short strings that were read before', { timeout: 60_000 }, () => {
  const words = Array.from({ length: 50_000 }, (_, index) => `w${index}`);
  const text = bytes(JSON.stringify([...words, ...words]));
  assert.deepEqual(readJson(text, limits), [...words, ...words]);
});

test('tells short strings apart that are alike, each time it reads them', () => {
  const words = ['Aa', 'BB', 'C#', 'AaBB', 'BBAa', '', 'a', 'aa', 'x'.repeat(32), 'x'.repeat(33), 'é'];
  for (let round = 0; round < 2; round++) assert.deepEqual(readJson(bytes(JSON.stringify(words)), limits), words);
});
