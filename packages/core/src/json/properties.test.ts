import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MalformedError } from '../errors.ts';
import { cctCanonical } from './cct-canonical.ts';
import { jsonEquals } from './equals.ts';
import { olpcCanonical } from './olpc-canonical.ts';
import { readJson, readJsonAt } from './read.ts';
import { scanMembers } from './scan.ts';
import { JsonNumber, type JsonObject, type JsonValue } from './value.ts';
import { writeJson } from './write.ts';

const limits = { maxBytes: 1_000_000, maxDepth: 64 };

const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
    fc.constantFrom('\u0000', '\n', '"', '\\', '\u007f', 'é', '\u2028', '\ufeff', '\uffff', '\u{10000}', '\u{10ffff}'),
  ),
});
const integer = fc.bigInt().map((value) => new JsonNumber(String(value)));
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new JsonNumber(value.toExponential()));

function values(number: fc.Arbitrary<JsonNumber>): fc.Arbitrary<JsonValue> {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, true, false),
      text,
      number,
      fc.array(tie('value')),
      fc.array(fc.tuple(text, tie('value'))).map((entries): JsonValue => new Map(entries)),
    ),
  }));
  return value;
}

const anyValue = values(fc.oneof(integer, float));

test('what was written is read back, in every form', () => {
  fc.assert(
    fc.property(anyValue, fc.constantFrom(undefined, 0, 1, 2), (value, indent) => {
      const plain = readJson(writeJson(value, indent === undefined ? {} : { indent }), limits);
      assert.deepEqual(plain, value);
      assert.ok(jsonEquals(readJson(cctCanonical(value), limits), value));
    }),
  );
});

test('the canonical bytes do not depend on the order of members', () => {
  const reversed = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(reversed);
    if (!(value instanceof Map)) return value;
    return new Map([...value].reverse().map(([key, member]): [string, JsonValue] => [key, reversed(member)]));
  };
  fc.assert(
    fc.property(values(integer), (value) => {
      assert.deepEqual(cctCanonical(reversed(value)), cctCanonical(value));
      assert.deepEqual(olpcCanonical(reversed(value)), olpcCanonical(value));
      assert.ok(jsonEquals(reversed(value), value));
    }),
  );
});

test('two values are equal exactly when their canonical bytes are', () => {
  const few = values(
    fc.constantFrom('0', '-0', '0.0', '1', '1.0', '1.00', '1e0').map((literal) => new JsonNumber(literal)),
  );
  fc.assert(
    fc.property(few, few, (a, b) => {
      assert.equal(jsonEquals(a, b), Buffer.compare(cctCanonical(a), cctCanonical(b)) === 0);
    }),
  );
});

test('the members that are scanned are those that are read', () => {
  const objects = fc.array(fc.tuple(text, anyValue)).map((entries): JsonObject => new Map(entries));
  fc.assert(
    fc.property(objects, fc.constantFrom({}, { indent: 2 }), (value, layout) => {
      const bytes = writeJson(value, layout);
      const scanned = scanMembers(bytes, 0, limits).map(({ key, valueStart, valueEnd }): [string, JsonValue] => [
        key,
        readJsonAt(bytes, valueStart, valueEnd, limits),
      ]);
      assert.deepEqual(scanned, [...value]);
    }),
  );
});

test('of damaged texts, scanning and reading refuse the same ones, with an error of ours', { timeout: 60_000 }, () => {
  const documents = anyValue.map((value) => writeJson([value]));
  fc.assert(
    fc.property(documents, fc.nat(), fc.nat(255), (document, where, byte) => {
      const damaged = document.slice();
      damaged[where % damaged.length] = byte;
      const whole = Buffer.concat([Buffer.from('{"":'), damaged, Buffer.from('}')]);
      const read = refusal(() => readJson(whole, limits));
      // A scan looks for no key that stands twice further in: it goes on, to what else may be wrong.
      if (read?.includes('stands twice')) return;
      assert.equal(
        refusal(() => scanMembers(whole, 0, limits)),
        read,
      );
    }),
    { numRuns: 2000 },
  );
});

/** The message of a refusal; undefined for what passes. */
function refusal(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof MalformedError, String(error));
    return error.message;
  }
}
