import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '../json/read.ts';
import type { JsonObject } from '../json/value.ts';
import { type ProjectionContext, projectRecord } from './projection.ts';

const RECORD = {
  name: 'x',
  version: '1.0',
  build: 'b_0',
  build_number: 0,
  subdir: 'noarch',
  depends: ['Python >= 3.9', 'python >=3.9', 'a ==1'],
  constrains: ['b', 'b'],
  license: 'BSD "3" ☃\u0001\u007f\b',
  md5: '0'.repeat(32),
  sha256: 'a'.repeat(64),
  size: 5719,
  timestamp: 1_613_117_294_885,
  noarch: 'generic',
  track_features: 'f',
};

function recordWith(members: Record<string, unknown>): JsonObject {
  return readJson(new TextEncoder().encode(JSON.stringify({ ...RECORD, ...members })), {
    maxBytes: 100_000,
    maxDepth: 9,
  }) as JsonObject;
}

function projected(members: Record<string, unknown>, context: ProjectionContext = { indexHasPip: false }): string {
  const projection = projectRecord(recordWith(members), context);
  assert.equal(projection.status, 'foretold', JSON.stringify(projection));
  return new TextDecoder().decode(projection.status === 'foretold' ? projection.canonical : undefined);
}

function parsed(members: Record<string, unknown>, context?: ProjectionContext): Record<string, unknown> {
  return JSON.parse(projected(members, context));
}

test('writes the members that mamba signs, sorted, in UTF-8, specifications printed and depends alone without duplicates', () => {
  assert.equal(
    projected({}),
    `{
  "build": "b_0",
  "build_number": 0,
  "constrains": [
    "b",
    "b"
  ],
  "depends": [
    "python >=3.9",
    "a 1"
  ],
  "license": "BSD \\"3\\" ☃\\u0001\u007f\\b",
  "md5": "${'0'.repeat(32)}",
  "name": "x",
  "sha256": "${'a'.repeat(64)}",
  "size": 5719,
  "subdir": "noarch",
  "timestamp": 1613117294,
  "version": "1.0"
}`,
  );
});

test('fills in what is missing, and leaves out empty constrains', () => {
  const without = Object.fromEntries(
    ['license', 'md5', 'sha256', 'size', 'timestamp', 'depends', 'constrains'].map((member) => [member, undefined]),
  );
  const { constrains, ...rest } = parsed(without);
  assert.equal(constrains, undefined);
  assert.deepEqual(rest, {
    build: 'b_0',
    build_number: 0,
    depends: [],
    license: '',
    md5: '',
    name: 'x',
    sha256: '',
    size: 0,
    subdir: 'noarch',
    timestamp: 0,
    version: '1.0',
  });
  assert.match(projected({ depends: [] }), /^ {2}"depends": \[\],$/m);
  assert.equal(parsed({ constrains: [] })['constrains'], undefined);
});

test('takes times up to the year 9999 for seconds', () => {
  assert.equal(parsed({ timestamp: 253_402_300_799 })['timestamp'], 253_402_300_799);
  assert.equal(parsed({ timestamp: 253_402_300_800 })['timestamp'], 253_402_300);
});

test('sees python depend on pip, and pip no longer on python, where the index has pip', () => {
  const context = { indexHasPip: true };
  const depends = ['python', 'pip 1', 'setuptools'];
  const of = (members: Record<string, unknown>) => parsed({ depends, ...members }, context)['depends'];
  assert.deepEqual(of({ name: 'python', version: '3.9' }), [...depends, 'pip']);
  assert.deepEqual(of({ name: 'python', version: '2' }), [...depends, 'pip']);
  assert.deepEqual(of({ name: 'python', version: '1.9' }), depends);
  assert.deepEqual(of({ name: 'python', version: '3', depends: ['pip', 'a'] }), ['pip', 'a']);
  assert.deepEqual(of({ name: 'pip' }), ['pip 1', 'setuptools']);
  assert.deepEqual(of({ name: 'pip', depends: ['python >=3'] }), ['python >=3']);
  assert.deepEqual(of({ name: 'Python', version: '3' }), depends);
  assert.deepEqual(parsed({ name: 'python', version: '3', depends })['depends'], depends);
});

test('foretells nothing for odd records, and says why', () => {
  const cases: [members: Record<string, unknown>, reason: string][] = [
    ...['name', 'version', 'build', 'build_number'].map((member): [Record<string, unknown>, string] => [
      { [member]: undefined },
      'missing-member',
    ]),
    [{ subdir: undefined }, 'missing-subdir'],
    ...['name', 'version', 'build', 'subdir'].map((member): [Record<string, unknown>, string] => [
      { [member]: '' },
      'unexpected-text',
    ]),
    ...['name', 'license', 'md5', 'depends', 'constrains', 'size', 'timestamp', 'build_number', 'track_features'].map(
      (member): [Record<string, unknown>, string] =>
        member === 'track_features' ? [{ [member]: 1 }, 'unexpected-type'] : [{ [member]: null }, 'unexpected-type'],
    ),
    [{ fn: 1 }, 'unexpected-type'],
    [{ python_site_packages_path: null }, 'unexpected-type'],
    [{ track_features: null }, 'unexpected-type'],
    [{ noarch: 1 }, 'unexpected-type'],
    [{ size: '1' }, 'unexpected-type'],
    [{ depends: [1] }, 'unexpected-type'],
    [{ depends: 'a' }, 'unexpected-type'],
    [{ size: -1 }, 'unexpected-number'],
    [{ size: 1.5 }, 'unexpected-number'],
    [{ timestamp: 2 ** 63 }, 'unexpected-number'],
    [{ indexed_timestamp: 0.5 }, 'unexpected-number'],
    [{ md5: 'A'.repeat(32) }, 'unexpected-hash'],
    [{ md5: 'a'.repeat(33) }, 'unexpected-hash'],
    [{ sha256: '' }, 'unexpected-hash'],
    [{ sha256: 'g'.repeat(64) }, 'unexpected-hash'],
    [{ license: 'a\0b' }, 'unexpected-text'],
    [{ license: '<NULL>' }, 'unexpected-text'],
    [{ depends: [''] }, 'unprintable-match-spec'],
    [{ constrains: ['a\0'] }, 'unprintable-match-spec'],
  ];
  for (const [members, reason] of cases) {
    const projection = projectRecord(recordWith(members), { indexHasPip: false });
    assert.equal(projection.status, 'unforeseeable', JSON.stringify(members));
    if (projection.status !== 'unforeseeable') continue;
    assert.equal(projection.reason, reason, JSON.stringify(members));
    assert.ok(!projection.message.includes('\n'));
  }
});

test('foretells nothing for records of maps that mamba does not read', () => {
  const projection = projectRecord(recordWith({}), { indexHasPip: false, map: 'v3.conda' });
  assert.equal(projection.status === 'unforeseeable' && projection.reason, 'unread-map');
  assert.equal(projectRecord(recordWith({}), { indexHasPip: false, map: 'packages' }).status, 'foretold');
});

test('foretells nothing for a python whose version sorts differently from machine to machine', () => {
  const python = recordWith({ name: 'python', version: 'é' });
  assert.equal(projectRecord(python, { indexHasPip: true }).status, 'unforeseeable');
  assert.equal(projectRecord(python, { indexHasPip: false }).status, 'foretold');
});

test('takes whole numbers of 63 bits exactly, and none in another spelling', () => {
  const withSize = (size: string): JsonObject => {
    const bytes = new TextEncoder().encode(JSON.stringify(RECORD).replace('5719', size));
    return readJson(bytes, { maxBytes: 100_000, maxDepth: 9 }) as JsonObject;
  };
  const largest = projectRecord(withSize('9223372036854775807'), { indexHasPip: false });
  assert.match(
    new TextDecoder().decode(largest.status === 'foretold' ? largest.canonical : undefined),
    /"size": 9223372036854775807,/,
  );
  for (const size of ['9223372036854775808', '-0', '1.0', '1e3', '1'.repeat(4000)]) {
    const projection = projectRecord(withSize(size), { indexHasPip: false });
    assert.equal(projection.status === 'unforeseeable' && projection.reason, 'unexpected-number', size);
  }
});
