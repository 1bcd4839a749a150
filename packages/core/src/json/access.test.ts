import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expectArray,
  expectBoolean,
  expectInteger,
  expectObject,
  expectString,
  member,
  optionalMember,
} from './access.ts';
import { JsonNumber, type JsonValue } from './value.ts';

const where = 'key_mgr.json: `version`';
const number = (literal: string) => new JsonNumber(literal);
const malformed = (message: string) => ({
  name: 'MalformedError',
  code: 'malformed',
  message,
  hint: /ask its owner, or fetch it again/,
});

test('gives back what has the kind that was asked for', () => {
  const values = { object: new Map([['a', null]]), array: [null], string: 's' };
  assert.equal(expectObject(values.object, where), values.object);
  assert.equal(expectArray(values.array, where), values.array);
  assert.equal(expectString(values.string, where), 's');
  assert.equal(expectBoolean(false, where), false);
});

test('says in one line what a value should have been and what it is', () => {
  assert.throws(() => expectObject([], where), malformed(`${where} must be an object, and is an array`));
  assert.throws(() => expectArray(new Map(), where), malformed(`${where} must be an array, and is an object`));
  assert.throws(() => expectString(null, where), malformed(`${where} must be a string, and is null`));
  assert.throws(() => expectBoolean('true', where), malformed(`${where} must be true or false, and is a string`));
  assert.throws(() => expectString(number('1.50'), where), malformed(`${where} must be a string, and is 1.50`));
  assert.throws(
    () => expectString(number('1'.repeat(5000)), where),
    malformed(`${where} must be a string, and is a number of many digits`),
  );
  assert.throws(
    () => expectString(number('1'.repeat(30)), where),
    malformed(`${where} must be a string, and is ${'1'.repeat(30)}`),
  );
  assert.throws(() => expectInteger(true, where), malformed(`${where} must be an integer, and is true`));
  assert.throws(
    () => expectInteger('', where, { max: 3 }),
    malformed(`${where} must be an integer ≤ 3, and is a string`),
  );
});

test('takes integers within the bounds, the bounds included', () => {
  assert.equal(expectInteger(number('1'), where, { min: 1 }), 1);
  assert.equal(expectInteger(number('-5'), where, { min: -5, max: -5 }), -5);
  assert.ok(Object.is(expectInteger(number('-0'), where), 0));
  assert.equal(expectInteger(number('9007199254740991'), where), Number.MAX_SAFE_INTEGER);
});

test('refuses integers beyond the bounds, and those that JavaScript would round', () => {
  assert.throws(
    () => expectInteger(number('0'), where, { min: 1 }),
    malformed(`${where} must be an integer ≥ 1, and is 0`),
  );
  assert.throws(
    () => expectInteger(number('33'), where, { min: 1, max: 32 }),
    malformed(`${where} must be an integer ≥ 1 and ≤ 32, and is 33`),
  );
  for (const literal of ['9007199254740992', '9007199254740993', '-9007199254740993', '1'.repeat(400)]) {
    assert.throws(() => expectInteger(number(literal), where), { code: 'malformed' }, literal);
  }
});

test('takes no float, string or boolean for an integer', () => {
  const values: JsonValue[] = [number('2.0'), number('1e2'), '1', true, null, [], new Map()];
  for (const value of values) assert.throws(() => expectInteger(value, where, { min: 0 }), { code: 'malformed' });
});

test('tells a missing member from one that is null', () => {
  const object = new Map([['there', null]]);
  assert.equal(member(object, 'there', 'x.json'), null);
  assert.equal(optionalMember(object, 'there'), null);
  assert.equal(optionalMember(object, 'absent'), undefined);
  assert.throws(() => member(object, 'absent', 'x.json'), malformed('x.json: `absent` is missing'));
  assert.throws(() => member(object, 'toString', 'x.json'), malformed('x.json: `toString` is missing'));
});
