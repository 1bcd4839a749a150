import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../json/value.ts';
import { checkRecordNames } from './record-names.ts';

function record(members: Record<string, JsonValue> = {}) {
  return new Map<string, JsonValue>(
    Object.entries({ name: 'zlib-ng', version: '1!2.0', build: 'h1_0', subdir: 'linux-64', ...members }),
  );
}

test('a record that spells its file, map and folder passes', () => {
  const wheel = record({ fn: 'zlib_ng-2.0-py3-none-any.whl' });
  const checked = [
    checkRecordNames('linux-64', 'zlib-ng-1!2.0-h1_0.tar.bz2', 'packages', record()),
    checkRecordNames('linux-64', 'zlib-ng-1!2.0-h1_0.conda', 'packages.conda', record()),
    checkRecordNames('linux-64', 'zlib-ng-1!2.0-h1_0', 'v3.conda', record()),
    checkRecordNames('linux-64', 'zlib-ng-1!2.0-h1_0', 'v3.whl', wheel),
  ];
  assert.deepEqual(
    checked.map((names) => names.file),
    [
      'zlib-ng-1!2.0-h1_0.tar.bz2',
      'zlib-ng-1!2.0-h1_0.conda',
      'zlib-ng-1!2.0-h1_0.conda',
      'zlib_ng-2.0-py3-none-any.whl',
    ],
  );
  assert.ok(checked.every((names) => names.subdirStated && names.name === 'zlib-ng'));
});

test('a record without subdir passes, and is told apart', () => {
  const bare = record();
  bare.delete('subdir');
  assert.equal(checkRecordNames('linux-64', 'zlib-ng-1!2.0-h1_0.conda', 'packages.conda', bare).subdirStated, false);
});

test('a record under another name, in another map or another folder is refused', () => {
  const cases = [
    ['linux-64', 'zlib-ng-1!2.1-h1_0.conda', 'packages.conda', record()],
    ['linux-64', 'evil-1!2.0-h1_0.conda', 'packages.conda', record()],
    ['linux-64', 'zlib-ng-1!2.0-h1_1.conda', 'packages.conda', record()],
    ['linux-64', 'zlib-ng-1!2.0-h1_0.conda', 'packages', record()],
    ['linux-64', 'zlib-ng-1!2.0-h1_0.tar.bz2', 'packages.conda', record()],
    ['linux-64', 'zlib-ng-1!2.0-h1_0.conda', 'v3.conda', record()],
    ['linux-64', 'zlib-ng-1!2.0-h1_0', 'v3.whl', record({ fn: 'zlib-ng-1!2.0-h1_0.conda' })],
    ['noarch', 'zlib-ng-1!2.0-h1_0.conda', 'packages.conda', record()],
    ['linux-64', 'zlib-ng-1!2.0-h1_0.conda', 'packages.conda', record({ subdir: null })],
  ] as const;
  for (const [subdir, file, map, json] of cases) {
    assert.throws(
      () => checkRecordNames(subdir, file, map, json),
      { code: 'name-mismatch' },
      `${subdir}/${file} in ${map}`,
    );
  }
});

test('a name with path parts is refused, also where the record spells it', () => {
  for (const name of ['../x', 'a/b', 'a\\b', 'C:x', '.x', 'a%2fb', 'a\u0000b', 'a?b', 'a#b']) {
    const file = `${name}-1!2.0-h1_0.conda`;
    assert.throws(
      () => checkRecordNames('linux-64', file, 'packages.conda', record({ name })),
      { code: 'unsafe-name' },
      name,
    );
  }
  const key = 'zlib-ng-1!2.0-h1_0';
  assert.throws(() => checkRecordNames('linux-64', key, 'v3.whl', record({ fn: 'https://x.example/a.whl' })), {
    code: 'unsafe-name',
  });
  assert.throws(() => checkRecordNames('linux-64', key, 'v3.x/../y', record()), { code: 'unsafe-name' });
});

test('a record without name, version or build, or a wheel without file name, is malformed', () => {
  for (const member of ['name', 'version', 'build']) {
    for (const value of [null, '', true]) {
      const json = record({ [member]: value });
      assert.throws(() => checkRecordNames('linux-64', 'x-1-0.conda', 'packages.conda', json), { code: 'malformed' });
    }
  }
  assert.throws(() => checkRecordNames('linux-64', 'zlib-ng-1!2.0-h1_0', 'v3.whl', record()), { code: 'malformed' });
});
