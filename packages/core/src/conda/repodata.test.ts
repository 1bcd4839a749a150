import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber } from '../json/value.ts';
import { scanRepodata } from './repodata.ts';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 20 };

function scan(text: string) {
  return scanRepodata(new TextEncoder().encode(text), LIMITS);
}

const HASH = 'ab'.repeat(32);
const RECORD = `{"name": "a", "version": "1", "build": "0", "size": 1.0, "sha256": "${HASH}"}`;

test('records of every map are found, in order of appearance, each parsed by itself and without loss', () => {
  const repodata = scan(`{
    "info": {"subdir": "noarch"},
    "packages": {"a-1-0.tar.bz2": ${RECORD}},
    "packages.conda": {"b-1-0.conda": {"name": "b"}, "__proto__": {"name": "odd"}},
    "removed": ["gone-1-0.conda"],
    "v3": {"whl": {"c-1-0": {"name": "c"}}, "conda": {"d-1-0": {"name": "d"}}}
  }`);
  assert.deepEqual(
    repodata.records.map((slice) => `${slice.map}/${slice.file}`),
    [
      'packages/a-1-0.tar.bz2',
      'packages.conda/b-1-0.conda',
      'packages.conda/__proto__',
      'v3.whl/c-1-0',
      'v3.conda/d-1-0',
    ],
  );
  const record = repodata.record(repodata.records[0]!);
  assert.deepEqual([...record.keys()], ['name', 'version', 'build', 'size', 'sha256']);
  assert.deepEqual(record.get('size'), new JsonNumber('1.0'));
  assert.equal(repodata.info?.get('subdir'), 'noarch');
  assert.deepEqual(repodata.removed, ['gone-1-0.conda']);
  assert.equal(repodata.signatures, undefined);
});

test('a package file is found by its name, whichever map holds it', () => {
  const repodata = scan(
    `{"packages": {"a-1-0.tar.bz2": ${RECORD}}, "v3": {"conda": {"a-1-0": ${RECORD}}, "whl": {"a-1-0": {}}}}`,
  );
  assert.equal(repodata.find('a-1-0.tar.bz2')?.map, 'packages');
  assert.equal(repodata.find('a-1-0.conda')?.map, 'v3.conda');
  assert.equal(repodata.find('a-1-0')?.map, 'v3.whl');
  assert.equal(repodata.find('a-1-0.tar.bz2', 'packages.conda'), undefined);
  assert.equal(repodata.find('b-1-0.conda'), undefined);
});

test('an index may lack any member', () => {
  const repodata = scan(' {} \n');
  assert.deepEqual(repodata.records, []);
  assert.deepEqual(repodata.removed, []);
  assert.equal(repodata.info, undefined);
});

test('a file in two maps passes when both say the same, and is refused when they differ', () => {
  const twice = (other: string) =>
    `{"packages.conda": {"a-1-0.conda": ${RECORD}}, "v3": {"conda": {"a-1-0": ${other}}}}`;
  const reordered = `{"version": "1", "name": "a", "build": "0", "size": 1.0, "sha256": "${HASH}"}`;
  const repodata = scan(twice(reordered));
  assert.equal(repodata.find('a-1-0.conda')?.map, 'packages.conda');
  assert.equal(repodata.find('a-1-0.conda', 'v3.conda')?.map, 'v3.conda');
  assert.throws(() => scan(twice(RECORD.replace('"1"', '"2"'))), { code: 'name-mismatch', message: /a-1-0\.conda/ });
});

test('a name that stands twice in one map, or a member twice, is malformed', () => {
  assert.throws(() => scan(`{"packages": {"a-1-0.tar.bz2": ${RECORD}, "a-1-0.tar.bz2": ${RECORD}}}`), {
    code: 'malformed',
  });
  assert.throws(() => scan('{"packages": {}, "packages": {}}'), { code: 'malformed' });
});

test('a map of records that no specification names is refused by name', () => {
  for (const map of ['packages.whl', 'v3.whl', 'packages.__proto__']) {
    assert.throws(() => scan(`{"${map}": {}}`), { code: 'unsafe-index', message: new RegExp(map.replace('.', '\\.')) });
  }
});

test('members of another shape are malformed', () => {
  const texts = [
    '[]',
    '',
    '{"packages": []}',
    '{"packages": null}',
    '{"v3": []}',
    '{"v3": {"whl": 1}}',
    '{"info": []}',
  ];
  texts.push(
    '{"removed": [1]}',
    '{"removed": {}}',
    '{"signatures": []}',
    '{"packages": {"a-1-0.tar.bz2": null}}',
    '{} {}',
  );
  for (const text of texts) assert.throws(() => scan(text), { code: 'malformed' }, text);
});

test('an index longer than the limit is not looked at', () => {
  const bytes = new TextEncoder().encode('{"packages": {}}');
  assert.throws(() => scanRepodata(bytes, { maxBytes: 10, maxDepth: 5 }), { code: 'malformed' });
});

test('a file that stands in two maps is found in each without a search, however many there are', {
  timeout: 20_000,
}, () => {
  const files = Array.from({ length: 50_000 }, (_, at) => `a-1-${at}`);
  const map = (ending: string) => `{${files.map((file) => `"${file}${ending}":{}`).join(',')}}`;
  const text = `{"packages.conda":${map('.conda')},"v3":{"conda":${map('')}}}`;
  const repodata = scanRepodata(new TextEncoder().encode(text), { ...LIMITS, maxBytes: 100_000_000 });
  for (const file of files) assert.equal(repodata.find(`${file}.conda`, 'v3.conda')?.map, 'v3.conda');
});

test('a record of a size that no record has is not read', () => {
  const repodata = scanRepodata(
    new TextEncoder().encode(`{"packages":{"a-1-0.tar.bz2":{"x":[${'0,'.repeat(2_500_000)}0]}}}`),
    { maxBytes: 100_000_000, maxDepth: 10 },
  );
  assert.throws(() => repodata.record(repodata.records[0]!), {
    code: 'malformed',
    message: /longer than 4000000 bytes/,
  });
});
