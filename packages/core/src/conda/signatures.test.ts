import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber } from '../json/value.ts';
import { scanRepodata } from './repodata.ts';
import { RecordSignatures, withoutSignatures, withSignatures } from './signatures.ts';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 20 };
const KEY_A = 'aa'.repeat(32);
const KEY_B = 'bb'.repeat(32);
const SIG = 'cd'.repeat(64);

function scan(text: string) {
  return scanRepodata(new TextEncoder().encode(text), LIMITS);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const INDEX = { info: { subdir: 'noarch' }, packages: { 'a-1-0.tar.bz2': { name: 'a' } }, removed: [] };
const SIGNATURES = new Map([
  ['b-1-0.conda', new Map([[KEY_B, SIG]])],
  [
    'a-1-0.tar.bz2',
    new Map([
      [KEY_B, SIG],
      [KEY_A, SIG],
    ]),
  ],
]);
const EXPECTED = {
  ...INDEX,
  signatures: {
    'a-1-0.tar.bz2': { [KEY_A]: { signature: SIG }, [KEY_B]: { signature: SIG } },
    'b-1-0.conda': { [KEY_B]: { signature: SIG } },
  },
};

test('signatures are added in the form of the file: indented as Python does, compact, or with tabs', () => {
  const forms: ((value: unknown) => string)[] = [
    (value) => `${JSON.stringify(value, null, 2)}\n`,
    (value) => JSON.stringify(value, null, 4),
    (value) => `${JSON.stringify(value, null, '\t')}\n`,
    (value) => JSON.stringify(value),
  ];
  for (const write of forms) {
    assert.equal(text(withSignatures(scan(write(INDEX)), SIGNATURES)), write(EXPECTED));
  }
});

test('a file on one line with spaces, as Python writes by default, keeps them', () => {
  const signed = withSignatures(
    scan('{"packages": {}, "removed": []}'),
    new Map([['a-1-0.conda', new Map([[KEY_A, SIG]])]]),
  );
  assert.equal(
    text(signed),
    `{"packages": {}, "removed": [], "signatures": {"a-1-0.conda": {"${KEY_A}": {"signature": "${SIG}"}}}}`,
  );
});

test('signatures that are there are replaced where they stand', () => {
  const before = '{"signatures": {"old": 1}, "packages": {}, "v3": {}}';
  const signed = text(withSignatures(scan(before), new Map([['a-1-0.conda', new Map([[KEY_A, SIG]])]])));
  assert.deepEqual(Object.keys(JSON.parse(signed)), ['signatures', 'packages', 'v3']);
  assert.equal(text(withSignatures(scan(before), new Map())), '{"signatures": {}, "packages": {}, "v3": {}}');
});

test('signing what is signed with the same signatures changes nothing, in whatever order they come', () => {
  const once = withSignatures(scan(JSON.stringify(INDEX, null, 2)), SIGNATURES);
  const again = withSignatures(scanRepodata(once, LIMITS), new Map([...SIGNATURES].reverse()));
  assert.equal(text(again), text(once));
});

test('taking the signatures out gives back the very bytes from before', () => {
  for (const before of [`${JSON.stringify(INDEX, null, 2)}\n`, JSON.stringify(INDEX), '{ "packages" :{} }']) {
    const signed = scanRepodata(withSignatures(scan(before), SIGNATURES), LIMITS);
    assert.equal(text(withoutSignatures(signed)), before);
    assert.equal(text(withoutSignatures(scan(before))), before);
  }
  assert.equal(text(withoutSignatures(scan('{"signatures": {}, "packages": {}}'))), '{"packages": {}}');
  assert.equal(text(withoutSignatures(scan('{"a": 1, "signatures": {}, "b": 2}'))), '{"a": 1, "b": 2}');
  assert.equal(text(withoutSignatures(scan('{"signatures": {}}'))), '{}');
});

test('a signature of OpenPGP shape carries its headers', () => {
  const signature = { signature: SIG, otherHeaders: '0400' };
  const signed = withSignatures(scan('{"packages":{}}'), new Map([['a-1-0.conda', new Map([[KEY_A, signature]])]]));
  assert.deepEqual(JSON.parse(text(signed)).signatures['a-1-0.conda'][KEY_A], {
    other_headers: '0400',
    signature: SIG,
  });
});

test('signatures are read file by file, also for names that mean something in JavaScript', () => {
  const repodata = scan(`{"signatures": {"a-1-0.conda": {"${KEY_A}": {"signature": "${SIG}"}}, "__proto__": 1}}`);
  const signatures = new RecordSignatures(repodata);
  assert.deepEqual([...signatures.files], ['a-1-0.conda', '__proto__']);
  assert.deepEqual(signatures.of('a-1-0.conda'), new Map([[KEY_A, new Map([['signature', SIG]])]]));
  assert.deepEqual(signatures.of('__proto__'), new JsonNumber('1'));
  assert.equal(signatures.of('constructor'), undefined);
  assert.equal(new RecordSignatures(scan('{}')).of('a-1-0.conda'), undefined);
});

test('two entries for one file are malformed', () => {
  const repodata = () => new RecordSignatures(scan('{"signatures": {"a-1-0.conda": {}, "a-1-0.conda": {}}}'));
  assert.throws(repodata, { code: 'malformed' });
});

test('signatures of a size that none have are not read', () => {
  const text = `{"packages":{},"signatures":{"a-1-0.conda":{"x":[${'0,'.repeat(2_500_000)}0]},"b-1-0.conda":{}}}`;
  const repodata = scanRepodata(new TextEncoder().encode(text), { maxBytes: 100_000_000, maxDepth: 10 });
  const signatures = new RecordSignatures(repodata);
  assert.throws(() => signatures.of('a-1-0.conda'), { code: 'malformed', message: /longer than 4000000 bytes/ });
  assert.deepEqual(signatures.of('b-1-0.conda'), new Map());
});
