import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareCodePoints, sortByCodePoint } from './code-point-order.ts';

test('puts characters beyond U+FFFF last, where UTF-16 does not', () => {
  const keys = ['\u{10000}', '\uff61', '\ue000', 'z', '\ud7ff', '', 'za'];
  assert.deepEqual(keys.sort(compareCodePoints), ['', 'z', 'za', '\ud7ff', '\ue000', '\uff61', '\u{10000}']);
});

test('orders characters beyond U+FFFF by their second half where the first is the same', () => {
  const keys = ['\u{103ff}', '\u{103fe}', '\u{10000}', '\u{10001}'];
  assert.deepEqual(keys.sort(compareCodePoints), ['\u{10000}', '\u{10001}', '\u{103fe}', '\u{103ff}']);
});

test('orders as the bytes of UTF-8 do', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\u007f', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareCodePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  fc.assert(
    fc.property(fc.array(text), (keys) => {
      const asBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(sortByCodePoint(keys), asBytes);
    }),
  );
});
