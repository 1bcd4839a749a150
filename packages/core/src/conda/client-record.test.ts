import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '../json/read.ts';
import type { JsonObject } from '../json/value.ts';
import { checkClientRecord, type RecordOrigin } from './client-record.ts';
import type { ListedRecord } from './client-record-rules.ts';

type Members = Record<string, unknown>;
const CHANNEL = 'https://channel.example/good';
const SHA256 = 'a'.repeat(64);
const MD5 = 'b'.repeat(32);
const INDEXED: Members = {
  build: 'py_0',
  build_number: 3,
  constrains: ['other <2'],
  depends: ['python >=3.9', 'six'],
  license: 'MIT',
  license_family: 'MIT',
  md5: MD5,
  name: 'pkg',
  noarch: 'python',
  sha256: SHA256,
  size: 1234,
  subdir: 'noarch',
  timestamp: 1500000000123,
  track_features: 'one two',
  version: '1.0',
};

function record(members: Members): JsonObject {
  return readJson(new TextEncoder().encode(JSON.stringify(members)), { maxBytes: 1e7, maxDepth: 20 }) as JsonObject;
}

function listed(indexed: Members, twin?: Members): ListedRecord {
  const file = `${indexed['name']}-${indexed['version']}-${indexed['build']}.conda`;
  const url = `${CHANNEL}/noarch/${file}`;
  return { channelUrl: CHANNEL, subdir: 'noarch', file, url, record: record(indexed), twin: twin && record(twin) };
}

/** What differs: `member expected → found`; `ok` where nothing does. */
function compare(client: Members, indexed: Members = INDEXED, origin: RecordOrigin = 'solver', twin?: Members): string {
  try {
    const patched = checkClientRecord(record(client), listed(indexed, twin), origin);
    return ['ok', ...patched].join(' ');
  } catch (error) {
    const { code, details } = error as { code: string; details: Record<string, string> };
    assert.equal(code, 'record-differs', String(error));
    return `${details['member']} ${details['expected']} → ${details['found']}`;
  }
}

function without(member: string): Members {
  return Object.fromEntries(Object.entries(INDEXED).filter(([name]) => name !== member));
}

/** What conda 26.7's `PackageRecord.dump()` makes of {@link INDEXED} when it loads it from an index. */
const DUMPED: Members = {
  ...INDEXED,
  arch: null,
  channel: `${CHANNEL}/noarch`,
  fn: 'pkg-1.0-py_0.conda',
  platform: null,
  url: `https://user:secret@channel.example/t/token/good/noarch/pkg-1.0-py_0.conda`,
  legacy_bz2_md5: 'c'.repeat(32),
  legacy_bz2_size: 99,
  package_type: 'noarch_python',
};

test('takes a record as conda dumps it', () => {
  const twin = { md5: 'c'.repeat(32), size: 99 };
  assert.equal(compare(DUMPED, INDEXED, 'solver', twin), 'ok');
  assert.equal(compare(DUMPED, { ...INDEXED, legacy_bz2_md5: 'c'.repeat(32), legacy_bz2_size: 99 }), 'ok');
});

const ACCEPTED: [what: string, client: Members, indexed?: Members][] = [
  ['milliseconds in floating point', { timestamp: 1500000000122 }],
  ['seconds', { timestamp: 1500000000.123 }],
  ['whole seconds', { timestamp: 1500000000 }],
  ['whole seconds in milliseconds', { timestamp: 1500000000000 }],
  ['seconds of an old index in milliseconds', { timestamp: 1500000000000 }, { timestamp: 1500000000 }],
  ['no timestamp as 0', { timestamp: 0 }, {}],
  ['features as a list', { track_features: ['one', 'two'] }],
  ['features parted by commas', { track_features: 'one,two' }],
  ['features that were commas', { track_features: 'one two' }, { track_features: 'one, two' }],
  ['no features as an empty text', { track_features: '', features: [] }, { track_features: undefined }],
  ['no features as nothing', { track_features: null }, { track_features: [] }],
  ['an empty constrains', { constrains: [] }, { constrains: undefined }],
  ['noarch in other case', { noarch: 'PYTHON' }],
  ['an old generic', { noarch: 'generic', package_type: 'noarch_generic' }, { noarch: true }],
  ['an old no', { noarch: null }, { noarch: false }],
  ['no build number as 0', { build_number: 0 }, { build_number: undefined }],
  ['aliases', { build: undefined, build_string: 'py_0', filename: 'pkg-1.0-py_0.conda', schannel: 'good' }],
  ['a channel by its name', { channel: 'conda-forge' }],
  ['a channel with credentials', { channel: 'https://u:p@channel.example:443/t/x/good/' }],
  ['no license', { license: null, license_family: '' }],
  ['a license that the solver lost', { license: undefined }],
  ['no size', { size: 0 }],
  ['no sha256', { sha256: null }],
  ['no md5', { md5: '' }],
  ['what conda keeps for itself', { requested_spec: 'pkg', auth: 'x', files: ['a'], link: { type: 1 } }],
  ['another member as the index has it', { app: { a: [1.0] } }, { app: { a: [1.0] } }],
  ['another member that is null', { date: null, later: null }],
];

for (const [what, client, indexed] of ACCEPTED) {
  test(`takes ${what}`, () => {
    assert.equal(compare({ ...INDEXED, ...client }, { ...INDEXED, ...(indexed ?? {}) }), 'ok');
  });
}

test('takes the pip that conda adds to python, and the python that libmamba takes from pip', () => {
  const python = { ...INDEXED, name: 'python', version: '3.12.1', depends: ['zlib'] };
  assert.equal(compare({ ...python, depends: ['zlib', 'pip'] }, python), 'ok');
  assert.equal(compare(python, python), 'ok');
  assert.equal(compare({ ...python, depends: ['pip', 'zlib'] }, python), 'depends ["zlib"] → ["pip","zlib"]');
  assert.equal(compare({ ...python, depends: ['zlib', 'evil'] }, python), 'depends ["zlib"] → ["zlib","evil"]');
  const old = { ...python, version: '1.5' };
  assert.equal(compare({ ...old, depends: ['zlib', 'pip'] }, old), 'depends ["zlib"] → ["zlib","pip"]');
  const pip = { ...INDEXED, name: 'pip', depends: ['python', 'wheel'] };
  assert.equal(compare({ ...pip, depends: ['wheel'] }, pip), 'ok');
  assert.equal(compare({ ...pip, depends: ['python'] }, pip), 'depends ["python","wheel"] → ["python"]');
  const other = { ...INDEXED, depends: ['zlib'] };
  assert.equal(compare({ ...other, depends: ['zlib', 'pip'] }, other), 'depends ["zlib"] → ["zlib","pip"]');
});

test('takes dependencies as libmamba prints them, and in no other spelling', () => {
  const indexed = {
    ...INDEXED,
    depends: ['Six>=1.0', 'numpy ==1.26', 'six >=1.0', 'x'],
    constrains: ['y  <2', 'y <2'],
  };
  const printed = { depends: ['six >=1.0', 'numpy 1.26', 'x'], constrains: ['y <2', 'y <2'] };
  assert.equal(compare({ ...indexed, ...printed }, indexed), 'ok');
  assert.match(compare({ ...indexed, depends: ['six >=1.0', 'numpy ==1.26', 'x'] }, indexed), /^depends/);
  assert.match(compare({ ...indexed, depends: ['six >=1.0', 'numpy 1.26'] }, indexed), /^depends/);
  assert.match(compare({ ...INDEXED, depends: ['six'] }, { ...INDEXED, depends: ['six', 1] }), /^depends/);
  const nameless = { ...INDEXED, depends: ['', 'six'] };
  assert.match(compare({ ...INDEXED, depends: [null, 'six'] }, nameless), /^depends/);
});

const REFUSED: [client: Members, difference: string][] = [
  [{ name: 'pkh' }, 'name "pkg" → "pkh"'],
  [{ version: '1.0.0' }, 'version "1.0" → "1.0.0"'],
  [{ version: 1.0 }, 'version "1.0" → 1'],
  [{ build: 'py_1' }, 'build "py_0" → "py_1"'],
  [{ build_string: 'py_1' }, 'build_string "py_0" → "py_1"'],
  [{ build_number: 4 }, 'build_number 3 → 4'],
  [{ build_number: '3' }, 'build_number 3 → "3"'],
  [{ build_number: true }, 'build_number 3 → true'],
  [{ subdir: 'linux-64' }, 'subdir "noarch" → "linux-64"'],
  [{ fn: 'other-1.0-py_0.conda' }, 'fn "pkg-1.0-py_0.conda" → "other-1.0-py_0.conda"'],
  [
    { url: 'https://u:secret@evil.example/noarch/pkg-1.0-py_0.conda' },
    `url "${CHANNEL}/noarch/pkg-1.0-py_0.conda" → https://evil.example/noarch/pkg-1.0-py_0.conda`,
  ],
  [{ url: ['x'] }, `url "${CHANNEL}/noarch/pkg-1.0-py_0.conda" → another address`],
  [{ channel: 'https://channel.example/bad' }, `channel "${CHANNEL}" → https://channel.example/bad`],
  [{ channel: `${CHANNEL}/linux-64` }, `channel "${CHANNEL}" → ${CHANNEL}/linux-64`],
  [{ channel: { name: 'x' } }, `channel "${CHANNEL}" → another address`],
  [{ sha256: 'd'.repeat(64) }, `sha256 "${SHA256}" → "${'d'.repeat(64)}"`],
  [{ sha256: SHA256.toUpperCase() }, `sha256 "${SHA256}" → "${SHA256.toUpperCase()}"`],
  [{ md5: 'd'.repeat(32) }, `md5 "${MD5}" → "${'d'.repeat(32)}"`],
  [{ size: 1235 }, 'size 1234 → 1235'],
  [{ size: 1234.5 }, 'size 1234 → 1234.5'],
  [{ depends: ['python >=3.9'] }, 'depends ["python >=3.9","six"] → ["python >=3.9"]'],
  [{ depends: ['six', 'python >=3.9'] }, 'depends ["python >=3.9","six"] → ["six","python >=3.9"]'],
  [{ depends: 'six' }, 'depends ["python >=3.9","six"] → "six"'],
  [{ constrains: [] }, 'constrains ["other <2"] → []'],
  [{ noarch: 'generic' }, 'noarch "python" → "generic"'],
  [{ noarch: null }, 'noarch "python" → null'],
  [{ noarch: 1 }, 'noarch "python" → 1'],
  [{ track_features: 'one' }, 'track_features "one two" → "one"'],
  [{ track_features: [1] }, 'track_features "one two" → [1]'],
  [{ features: 'mkl' }, 'features null → "mkl"'],
  [{ license: 'GPL' }, 'license "MIT" → "GPL"'],
  [{ license_family: 'GPL' }, 'license_family "MIT" → "GPL"'],
  [{ timestamp: 1500000001000 }, 'timestamp 1500000000123 → 1500000001000'],
  [{ timestamp: 'x' }, 'timestamp 1500000000123 → "x"'],
  [{ indexed_timestamp: 5 }, 'indexed_timestamp null → 5'],
  [{ legacy_bz2_md5: 'd'.repeat(32) }, `legacy_bz2_md5 null → "${'d'.repeat(32)}"`],
  [{ legacy_bz2_size: 7 }, 'legacy_bz2_size null → 7'],
  [{ package_type: 'virtual_system' }, 'package_type "noarch_python" → "virtual_system"'],
  [{ python_site_packages_path: 'x' }, 'python_site_packages_path null → "x"'],
  [{ preferred_env: 'x' }, 'preferred_env null → "x"'],
  [{ run_exports: {} }, 'run_exports null → {}'],
  [{ constructor: 1 }, 'constructor null → 1'],
];

for (const [client, difference] of REFUSED) {
  test(`refuses ${JSON.stringify(client)}`, () => {
    assert.equal(compare({ ...INDEXED, ...client }), difference);
  });
}

test('a stripped member differs where something follows from it', () => {
  const stripped = ['name', 'version', 'build', 'build_number', 'depends', 'constrains', 'noarch', 'track_features'];
  for (const member of stripped) assert.match(compare(without(member)), new RegExp(`^${member} .* → null$`));
  const indexed = { ...INDEXED, python_site_packages_path: 'lib/python3.13t/site-packages' };
  assert.match(compare(INDEXED, indexed), /^python_site_packages_path .* → null$/);
});

test('a name like those of objects’ own members is a name', () => {
  const hostile = '{"__proto__":{"name":"pkg"},"toString":1}';
  const client = readJson(new TextEncoder().encode(hostile), { maxBytes: 1000, maxDepth: 5 }) as JsonObject;
  assert.throws(() => checkClientRecord(client, listed(INDEXED), 'solver'), {
    code: 'record-differs',
    message: /`name`/,
  });
});

test('of an archive’s own record only what an index does not patch must agree, and its hash be there', () => {
  const archived = { ...INDEXED, depends: ['python'], license: 'Other', timestamp: 5, app: { a: 1 } };
  assert.equal(compare(archived, { ...INDEXED, app: { a: 2 } }, 'archive'), 'ok depends license timestamp app');
  assert.equal(compare({ ...INDEXED, constrains: undefined }, INDEXED, 'archive'), 'ok constrains');
  assert.equal(compare(without('sha256'), INDEXED, 'archive'), `sha256 "${SHA256}" → null`);
  assert.equal(
    compare({ ...INDEXED, sha256: 'd'.repeat(64) }, INDEXED, 'archive'),
    `sha256 "${SHA256}" → "${'d'.repeat(64)}"`,
  );
  assert.equal(compare({ ...INDEXED, build_number: 9 }, INDEXED, 'archive'), 'build_number 3 → 9');
  assert.equal(compare({ ...INDEXED, noarch: 'generic' }, INDEXED, 'archive'), 'noarch "python" → "generic"');
  assert.equal(compare(INDEXED, without('md5'), 'archive'), 'ok');
  assert.equal(compare(INDEXED, without('md5')), `md5 null → "${MD5}"`);
  assert.equal(compare({ ...INDEXED, md5: 'd'.repeat(32) }, INDEXED, 'archive'), `md5 "${MD5}" → "${'d'.repeat(32)}"`);
});

test('what it says of a difference is short, whatever the client sent', () => {
  const [long, deep] = ['x'.repeat(1_000_000), JSON.parse(`${'['.repeat(15)}${']'.repeat(15)}`)];
  for (const value of [long, deep, { [long]: long }, '\ud83d\ude00'.repeat(1000)]) {
    const client = record({ ...INDEXED, license: value });
    assert.throws(
      () => checkClientRecord(client, listed(INDEXED), 'solver'),
      ({ message, details }: { message: string; details: object }) =>
        message.length < 400 && JSON.stringify(details).length < 2000 && message.isWellFormed(),
    );
  }
});
