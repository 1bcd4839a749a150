import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTimestamp, parseTimestamp, spanText } from './time.ts';

const where = 'root.json: `expires`';

test('a span is told in the unit that a person would take', () => {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  const told: [number, string][] = [
    [0, '0 minutes'],
    [minute, '1 minute'],
    [119 * minute, '119 minutes'],
    [2 * hour, '2 hours'],
    [36 * hour, '36 hours'],
    [2 * day, '2 days'],
    [3 * day - 1000, '3 days'],
    [365 * day - 1000, '365 days'],
  ];
  for (const [ms, text] of told) assert.equal(spanText(ms), text);
});

test('reads what is written YYYY-MM-DDTHH:MM:SSZ and exists', () => {
  assert.equal(parseTimestamp('1970-01-01T00:00:00Z', where), 0);
  assert.equal(parseTimestamp('2024-02-29T23:59:59Z', where), Date.UTC(2024, 1, 29, 23, 59, 59));
  assert.equal(parseTimestamp('0001-01-01T00:00:00Z', where), -62135596800000);
  assert.equal(parseTimestamp('9999-12-31T23:59:59Z', where), 253402300799000);
});

test('refuses every other way to write a time', () => {
  const others = [
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00z',
    '2026-01-01t00:00:00Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01T00:00Z',
    '2026-1-01T00:00:00Z',
    '+002026-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '２０２６-01-01T00:00:00Z',
    '2026-01-01',
    '',
  ];
  for (const text of others) {
    assert.throws(() => parseTimestamp(text, where), {
      code: 'malformed',
      message: `${where} must be a time that exists, written YYYY-MM-DDTHH:MM:SSZ`,
    });
  }
});

test('refuses days and hours that do not exist', () => {
  const never = [
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2016-12-31T23:59:60Z',
  ];
  for (const text of never) assert.throws(() => parseTimestamp(text, where), { code: 'malformed' }, text);
});

test('writes whole seconds, rounded down', () => {
  assert.equal(formatTimestamp(1_767_225_600_999), '2026-01-01T00:00:00Z');
  assert.equal(formatTimestamp(-1), '1969-12-31T23:59:59Z');
  assert.throws(() => formatTimestamp(253402300800000), RangeError);
  assert.throws(() => formatTimestamp(Number.NaN), RangeError);
});

test('reads back every second it writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62135596800, max: 253402300799 }), (second) => {
      assert.equal(parseTimestamp(formatTimestamp(second * 1000), where), second * 1000);
    }),
  );
});
