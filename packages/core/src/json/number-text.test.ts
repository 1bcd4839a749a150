import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberText } from './number-text.ts';
import { JsonNumber } from './value.ts';

const text = (literal: string) => numberText(new JsonNumber(literal));

test('writes floats as Python does, the exponent below 1e-4 and from 1e16 on', () => {
  const floats = {
    '1E5': '100000.0',
    '1.0': '1.0',
    '-0.0': '-0.0',
    '-0e9': '-0.0',
    '1e15': '1000000000000000.0',
    '1e16': '1e+16',
    '1.25e16': '1.25e+16',
    '1e100': '1e+100',
    '0.0001': '0.0001',
    '0.00012': '0.00012',
    '0.00001': '1e-05',
    '1.5e-7': '1.5e-07',
    '5e-324': '5e-324',
    '-1.7976931348623157e308': '-1.7976931348623157e+308',
  };
  for (const [literal, python] of Object.entries(floats)) assert.equal(text(literal), python);
});

test('writes integers digit by digit, and -0 as 0', () => {
  assert.equal(text('123456789012345678901234567890'), '123456789012345678901234567890');
  assert.equal(text('-0'), '0');
});

test('refuses what no reader of ours produces', () => {
  for (const literal of ['1e999', '-1e309', 'NaN', 'Infinity', '', '01', '1.', '.5', '0x1', ' 1', '1_0']) {
    assert.throws(() => text(literal), { code: 'malformed' }, literal);
  }
});
