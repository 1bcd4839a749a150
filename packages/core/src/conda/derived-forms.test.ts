import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContentTrustError } from '../errors.ts';
import { contradicts, verifyAgreement } from './derived-forms.ts';
import { scanRepodata } from './repodata.ts';

function scan(index: unknown) {
  return scanRepodata(new TextEncoder().encode(JSON.stringify(index)), { maxBytes: 10_000, maxDepth: 9 });
}

const A = { name: 'a', version: '1', build: '0', depends: ['x'], size: 1 };
const SOURCE = scan({ packages: { 'a-1-0.tar.bz2': A }, 'packages.conda': { 'a-1-0.conda': A } });

test('a form that lists the same records, or fewer, does not contradict', () => {
  assert.deepEqual(contradicts(SOURCE, SOURCE), []);
  assert.deepEqual(contradicts(SOURCE, scan({ 'packages.conda': { 'a-1-0.conda': A } })), []);
  assert.deepEqual(contradicts(SOURCE, scan({})), []);
});

test('signatures, the order of members and what indexers add for the older format do not count', () => {
  const { name, ...rest } = A;
  const derived = scan({
    'packages.conda': { 'a-1-0.conda': { ...rest, legacy_bz2_md5: 'x', legacy_bz2_size: 2, name } },
    signatures: { 'a-1-0.conda': {} },
  });
  assert.deepEqual(contradicts(SOURCE, derived), []);
});

test('a record that differs, is not in the source, or stands in another map is named', () => {
  const derived = scan({
    packages: { 'a-1-0.tar.bz2': { ...A, depends: [] }, 'a-1-0.conda': A },
    'packages.conda': { 'b-1-0.conda': A },
  });
  assert.deepEqual(contradicts(SOURCE, derived), [
    { file: 'a-1-0.tar.bz2', map: 'packages', reason: 'differs' },
    { file: 'a-1-0.conda', map: 'packages', reason: 'not-in-source' },
    { file: 'b-1-0.conda', map: 'packages.conda', reason: 'not-in-source' },
  ]);
});

test('names a hundred of the records that differ, and counts the others', () => {
  const differing = Array.from({ length: 250 }, (_, index) => {
    return { file: `p${index}-1-0.conda`, map: 'packages.conda', reason: 'differs' } as const;
  });
  assert.throws(
    () => verifyAgreement('noarch/repodata.json.zst', differing),
    ({ message, details }: ContentTrustError) =>
      message.includes('records that differ: 250') && (details['records'] as unknown[]).length === 100,
  );
});
