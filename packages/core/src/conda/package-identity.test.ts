import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '../json/read.ts';
import type { JsonObject } from '../json/value.ts';
import type { InspectedPackage } from './package.ts';
import { parsePackageFileName } from './package-file-name.ts';
import { checkPackageAgainstRecord } from './package-identity.ts';

const FILE = 'zlib-1.3-h1_2.conda';
const INDEX = { name: 'zlib', version: '1.3', build: 'h1_2', build_number: 2, subdir: 'linux-64', depends: ['libgcc'] };
const RECORD = { ...INDEX, sha256: 'ab', size: 1, md5: 'cd' };

function json(value: unknown): JsonObject {
  return readJson(new TextEncoder().encode(JSON.stringify(value)), { maxBytes: 1000, maxDepth: 5 }) as JsonObject;
}

function check(index: object, record: object, subdir = 'linux-64', file = FILE) {
  const fileName = parsePackageFileName(file);
  const inspected: InspectedPackage = { fileName, index: json(index), listedPaths: 0, expandedBytes: 0 };
  return checkPackageAgainstRecord(inspected, json(record), subdir, file);
}

test('accepts a package that is the one of its record', () => {
  assert.deepEqual(check(INDEX, RECORD), []);
});

test('reports the dependencies that an index was patched in', () => {
  assert.deepEqual(check(INDEX, { ...RECORD, depends: ['libgcc >=12'], constrains: ['x'] }), [
    { member: 'depends', archived: ['libgcc'], recorded: ['libgcc >=12'] },
    { member: 'constrains', archived: [], recorded: ['x'] },
  ]);
});

test('refuses a package of another name, version, build, build number or folder', () => {
  for (const [member, lie] of [
    ['name', 'zlib-ng'],
    ['version', '1.30'],
    ['version', 1.3],
    ['build', 'h1_3'],
    ['build_number', 3],
    ['build_number', '2'],
    ['build_number', 2.0000001],
    ['subdir', 'noarch'],
  ] as const) {
    const refusal = { code: 'content-mismatch', message: new RegExp(`linux-64/${FILE}: \`${member}\``) };
    assert.throws(() => check({ ...INDEX, [member]: lie }, RECORD), refusal, `index.json says ${lie}`);
    assert.throws(() => check(INDEX, { ...RECORD, [member]: lie }), refusal, `the record says ${lie}`);
  }
  for (const member of ['name', 'version', 'build', 'build_number'] as const) {
    const { [member]: _, ...without } = INDEX;
    assert.throws(() => check(without, RECORD), { code: 'content-mismatch' }, `index.json has no ${member}`);
  }
});

test('refuses where archive and record agree, and not with the file or its folder', () => {
  const lie = { ...INDEX, version: '1.4' };
  assert.throws(() => check(lie, { ...RECORD, version: '1.4' }), { code: 'content-mismatch' });
  assert.throws(() => check(INDEX, RECORD, 'osx-64'), { code: 'content-mismatch', message: /`subdir`/ });
});

test('takes an absent build number for 0, and an absent subdir for none stated', () => {
  const { build_number: _, subdir: __, ...old } = INDEX;
  assert.deepEqual(check(old, { ...RECORD, build_number: 0 }), []);
  assert.deepEqual(check(old, old, 'noarch'), []);
  assert.deepEqual(check({ ...INDEX, subdir: null }, RECORD), []);
});
