import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { floatText } from '../json/number-text.ts';
import { JsonNumber } from '../json/value.ts';
import { readMsgpack } from './read.ts';
import type { MsgpackValue } from './value.ts';
import { writeMsgpack } from './write.ts';

const number = (literal: string) => new JsonNumber(literal);
const hex = (value: MsgpackValue) => Buffer.from(writeMsgpack(value)).toString('hex');

test('writes integers in the shortest form', () => {
  const integers = {
    '0': '00',
    '-0': '00',
    '127': '7f',
    '128': 'cc80',
    '255': 'ccff',
    '256': 'cd0100',
    '65535': 'cdffff',
    '65536': 'ce00010000',
    '4294967295': 'ceffffffff',
    '4294967296': 'cf0000000100000000',
    '18446744073709551615': 'cfffffffffffffffff',
    '-1': 'ff',
    '-32': 'e0',
    '-33': 'd0df',
    '-128': 'd080',
    '-129': 'd1ff7f',
    '-32768': 'd18000',
    '-32769': 'd2ffff7fff',
    '-2147483648': 'd280000000',
    '-2147483649': 'd3ffffffff7fffffff',
    '-9223372036854775808': 'd38000000000000000',
  };
  for (const [literal, bytes] of Object.entries(integers)) assert.equal(hex(number(literal)), bytes, literal);
});

test('writes whatever else has a point or exponent as a 64-bit float', () => {
  assert.equal(hex(number('1.0')), 'cb3ff0000000000000');
  assert.equal(hex(number('1e2')), 'cb4059000000000000');
  assert.equal(hex(number('-0.0')), 'cb8000000000000000');
});

test('writes lengths in the shortest form', () => {
  const head = (value: MsgpackValue, length: number) => hex(value).slice(0, length * 2);
  assert.equal(head('x'.repeat(31), 1), 'bf');
  assert.equal(head('x'.repeat(32), 2), 'd920');
  assert.equal(head('é'.repeat(128), 3), 'da0100');
  assert.equal(head('x'.repeat(65536), 5), 'db00010000');
  assert.equal(head(new Uint8Array(0), 2), 'c400');
  assert.equal(head(new Uint8Array(256), 3), 'c50100');
  assert.equal(head(new Uint8Array(65536), 5), 'c600010000');
  assert.equal(head(new Array(15).fill(null), 1), '9f');
  assert.equal(head(new Array(16).fill(null), 3), 'dc0010');
  assert.equal(head(new Array(65536).fill(null), 5), 'dd00010000');
  const map = (size: number) => new Map(Array.from({ length: size }, (_, key): [string, null] => [`${key}`, null]));
  assert.equal(head(map(15), 1), '8f');
  assert.equal(head(map(16), 3), 'de0010');
  assert.equal(head(map(65536), 5), 'df00010000');
});

test('writes members in the order of appearance', () => {
  assert.equal(
    hex(
      new Map<string, MsgpackValue>([
        ['b', [true, false]],
        ['a', null],
      ]),
    ),
    '82a16292c3c2a161c0',
  );
});

test('refuses what MessagePack or UTF-8 cannot hold', () => {
  const never = [
    number('18446744073709551616'),
    number('-9223372036854775809'),
    number('1e999'),
    number('x'),
    '\ud800',
  ];
  for (const value of never) assert.throws(() => writeMsgpack([value]), { code: 'malformed' });
  assert.throws(() => writeMsgpack(new Map([['\udc00', null]])), { code: 'malformed' });
});

test('what was written is read back', () => {
  const text = fc.string({ unit: 'binary' });
  const { value } = fc.letrec<{ value: MsgpackValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, true, false),
      text,
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map((integer) => number(String(integer))),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((float) => number(floatText(float))),
      fc.uint8Array(),
      fc.array(tie('value')),
      fc.array(fc.tuple(text, tie('value'))).map((entries) => new Map(entries)),
    ),
  }));
  fc.assert(
    fc.property(value, (written) => {
      assert.deepEqual(readMsgpack(writeMsgpack(written), { maxBytes: 1e6, maxDepth: 64 }), written);
    }),
  );
});

test('values nested 100,000 deep do not exhaust the stack', () => {
  let value: MsgpackValue = null;
  for (let depth = 0; depth < 100_000; depth++) value = depth % 2 === 0 ? [value] : new Map([['', value]]);
  assert.equal(writeMsgpack(value).length, 50_000 + 50_000 * 2 + 1);
});
