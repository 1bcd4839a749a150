import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOf } from './integer.ts';
import { JsonNumber } from './value.ts';

const of = (literal: string) => integerOf(new JsonNumber(literal));

test('gives whole JSON integers exactly, whatever their size', () => {
  assert.equal(of('9007199254740993'), 9007199254740993n);
  assert.equal(of('-18446744073709551617'), -18446744073709551617n);
  assert.equal(of('-0'), 0n);
  assert.equal(of(`1${'0'.repeat(4299)}`), 10n ** 4299n);
});

test('takes nothing else for an integer', () => {
  for (const literal of ['2.0', '1e2', '1E0', '', '0x10', '01', ' 1', '1n', '+1', '9'.repeat(4301)]) {
    assert.equal(of(literal), undefined, literal);
  }
});
