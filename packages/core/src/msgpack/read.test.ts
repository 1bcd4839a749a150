import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber } from '../json/value.ts';
import { readMsgpack } from './read.ts';

const limits = { maxBytes: 1_000_000, maxDepth: 64 };
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (text: string) => readMsgpack(hex(text), limits);
const number = (literal: string) => new JsonNumber(literal);
const refusal = (offset: number) => ({ name: 'MalformedError', code: 'malformed', details: { offset } });

test('reads every format of the specification that shards may hold', () => {
  const formats: [string, unknown][] = [
    ['c0', null],
    ['c2', false],
    ['c3', true],
    ['00', number('0')],
    ['7f', number('127')],
    ['ff', number('-1')],
    ['e0', number('-32')],
    ['cc ff', number('255')],
    ['cd 0100', number('256')],
    ['ce ffffffff', number('4294967295')],
    ['cf ffffffffffffffff', number('18446744073709551615')],
    ['d0 80', number('-128')],
    ['d1 8000', number('-32768')],
    ['d2 80000000', number('-2147483648')],
    ['d3 8000000000000000', number('-9223372036854775808')],
    ['ca 3f800000', number('1.0')],
    ['cb 4341c37937e08000', number('1e+16')],
    ['cb 8000000000000000', number('-0.0')],
    ['a0', ''],
    ['a2 c3a9', 'é'],
    ['d9 01 61', 'a'],
    ['da 0001 61', 'a'],
    ['db 00000001 61', 'a'],
    ['a3 efbbbf', '\ufeff'],
    ['c4 02 0102', Uint8Array.of(1, 2)],
    ['c5 0001 ff', Uint8Array.of(255)],
    ['c6 00000000', new Uint8Array()],
    ['92 01 90', [number('1'), []]],
    ['dc 0001 c0', [null]],
    ['dd 00000001 c0', [null]],
    ['80', new Map()],
    [
      '82 a1 62 c0 a1 61 91 80',
      new Map<string, unknown>([
        ['b', null],
        ['a', [new Map()]],
      ]),
    ],
    ['de 0001 a1 61 c0', new Map([['a', null]])],
    ['df 00000001 a1 61 c0', new Map([['a', null]])],
  ];
  for (const [bytes, value] of formats) assert.deepEqual(read(bytes), value, bytes);
});

test('keeps members in the order of appearance, and takes __proto__ for an ordinary name', () => {
  const value = read('83 a2 3130 c0 a1 39 c0 a9 5f5f70726f746f5f5f c0') as Map<string, unknown>;
  assert.deepEqual([...value.keys()], ['10', '9', '__proto__']);
});

test('refuses what shards never hold', () => {
  const never: [string, number][] = [
    ['c1', 0],
    ['c7 00 01', 0],
    ['d4 01 00', 0],
    ['d6 ff 00000000', 0],
    ['91 d8 00', 1],
    ['81 01 c0', 1],
    ['81 c0 c0', 1],
    ['81 c4 01 61 c0', 1],
    ['81 90 c0', 1],
    ['82 a1 61 c0 a1 61 c0', 4],
    ['82 a1 61 c0 d9 01 61 c0', 4],
    ['ca 7fc00000', 0],
    ['cb 7ff0000000000000', 0],
    ['cb fff0000000000000', 0],
    ['a2 c328', 1],
    ['a3 eda080', 1],
    ['a2 c0af', 1],
  ];
  for (const [bytes, offset] of never) assert.throws(() => read(bytes), refusal(offset), bytes);
});

test('refuses documents that end early, whatever length they declare', () => {
  for (const whole of [
    'cd 0100',
    'cb 4341c37937e08000',
    'a2 c3a9',
    'c4 02 0102',
    '82 a1 62 c0 a1 61 91 80',
    'dc 0001 c0',
  ]) {
    const bytes = hex(whole);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => readMsgpack(bytes.subarray(0, length), limits), refusal(length), `${whole}, ${length} bytes`);
    }
  }
  for (const claim of ['dd ffffffff', 'df ffffffff', 'db ffffffff', 'c6 ffffffff'])
    assert.throws(() => read(claim), refusal(5));
});

test('refuses what follows the value', () => {
  assert.throws(() => read('c0 c0'), refusal(1));
  assert.throws(() => read('90 00'), refusal(1));
});

test('keeps to the limits of bytes and depth, and does not exhaust the stack', () => {
  assert.deepEqual(readMsgpack(hex('91 91 90'), { maxBytes: 3, maxDepth: 3 }), [[[]]]);
  assert.throws(() => readMsgpack(hex('91 91 90'), { maxBytes: 2, maxDepth: 3 }), refusal(2));
  assert.throws(() => readMsgpack(hex('91 91 90'), { maxBytes: 3, maxDepth: 2 }), refusal(2));
  assert.throws(() => readMsgpack(Buffer.alloc(100_000, 0x91), limits), refusal(64));
  assert.throws(() => readMsgpack(Buffer.alloc(100_000, 0x91), { maxBytes: 1e6, maxDepth: 1e6 }), refusal(100_000));
});

test('byte strings are copies, not views of what was read', () => {
  const bytes = hex('c4 01 07');
  const value = readMsgpack(bytes, limits);
  bytes[2] = 8;
  assert.deepEqual(value, Uint8Array.of(7));
});
