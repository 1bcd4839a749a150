import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentRepodata } from './current-repodata.ts';
import { scanRepodata } from './repodata.ts';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 20 };

interface Given {
  readonly build_number?: number;
  readonly depends?: readonly string[];
  readonly features?: string;
  readonly track_features?: string | string[];
  readonly timestamp?: number;
}

/** `{'zlib-1-0.conda': {}}` becomes an index of one record; a name here holds no dash. */
function index(given: Record<string, Given>) {
  const maps: Record<string, Record<string, unknown>> = { packages: {}, 'packages.conda': {} };
  for (const [file, more] of Object.entries(given)) {
    const [name, version, build] = file.replace(/\.(conda|tar\.bz2)$/, '').split('-');
    const map = maps[file.endsWith('.conda') ? 'packages.conda' : 'packages']!;
    map[file] = { build, build_number: 0, depends: [], name, version, ...more };
  }
  return { info: { subdir: 'linux-64' }, ...maps, removed: [], repodata_version: 1 };
}

function current(given: unknown): string {
  const bytes = new TextEncoder().encode(`${JSON.stringify(given, null, 2)}\n`);
  return new TextDecoder().decode(currentRepodata(scanRepodata(bytes, LIMITS)));
}

function filesOf(given: Record<string, Given>): string[] {
  const made = JSON.parse(current(index(given)));
  return [...Object.keys(made.packages), ...Object.keys(made['packages.conda'])].sort();
}

// Each expectation is what conda-index's own code gives for the same records.

test('the newest version stays, with all its builds, its pre-releases and its sub-releases', () => {
  const given = {
    'a-1.1-0.conda': {},
    'a-1.10-0.conda': {},
    'a-1.10-1.conda': {},
    'a-1.10rc1-0.conda': {},
    'a-1.9-0.conda': {},
  };
  assert.deepEqual(filesOf(given), ['a-1.10-0.conda', 'a-1.10-1.conda', 'a-1.10rc1-0.conda']);
  assert.deepEqual(filesOf({ 'a-1!1.0-0.conda': {}, 'a-2.0-0.conda': {} }), ['a-1!1.0-0.conda']);
  assert.deepEqual(filesOf({ 'a-1.0_-0.conda': {}, 'a-1.0post2-0.conda': {}, 'a-1.0-0.conda': {} }), [
    'a-1.0post2-0.conda',
  ]);
});

test('where a package stands in both formats, the newer alone stays', () => {
  assert.deepEqual(filesOf({ 'a-1-0.conda': {}, 'a-1-0.tar.bz2': {}, 'b-1-0.tar.bz2': {} }), [
    'a-1-0.conda',
    'b-1-0.tar.bz2',
  ]);
});

test('an older version stays where something newest depends on it, and one step only', () => {
  const given = {
    'app-2-0.conda': { depends: ['lib <2', 'other', 'gone >1'] },
    'lib-1.0-0.conda': {},
    'lib-1.5-0.conda': { depends: ['deep 1.*'] },
    'lib-1.5.1.dev2-0.conda': {},
    'lib-2.0-0.conda': {},
    'deep-1.9-0.conda': {},
    'deep-2.0-0.conda': {},
    'other-1-0.conda': {},
  };
  assert.deepEqual(filesOf(given), [
    'app-2-0.conda',
    'deep-2.0-0.conda',
    'lib-1.5.1.dev2-0.conda',
    'lib-2.0-0.conda',
    'other-1-0.conda',
  ]);
});

test('beside versions with features stays the newest one without', () => {
  const given = {
    'mkl-3-vc.conda': { features: 'nomkl' },
    'mkl-2-vc.conda': { track_features: ['nomkl'] },
    'mkl-1-p.conda': { track_features: '' },
    'mkl-0.5-p.conda': {},
  };
  assert.deepEqual(filesOf(given), ['mkl-1-p.conda', 'mkl-3-vc.conda']);
});

test('a package whose name has a capital is left out, as conda-index leaves it out', () => {
  assert.deepEqual(filesOf({ 'Upper-1-0.conda': {}, 'lower-1-0.conda': {} }), ['lower-1-0.conda']);
});

test('the form of repodata.json is kept, other members too, and signatures are left to the signer', () => {
  const whole = {
    ...index({ 'a-1-0.conda': {}, 'a-2-0.conda': {}, 'b-1-0.tar.bz2': {} }),
    signatures: { x: {} },
    v3: { whl: { w: {} } },
  };
  const { signatures, ...expected } = whole;
  const { 'a-1-0.conda': old, ...newest } = whole['packages.conda' as keyof typeof whole] as unknown as Record<
    string,
    unknown
  >;
  assert.equal(current(whole), `${JSON.stringify({ ...expected, 'packages.conda': newest }, null, 2)}\n`);
});

test('a record that cannot be ordered is named', () => {
  assert.throws(() => filesOf({ 'a-1..2-0.conda': {} }), { code: 'malformed', message: /a-1\.\.2-0\.conda/ });
  assert.throws(() => current({ packages: { 'a-1-0.tar.bz2': {} } }), {
    code: 'malformed',
    message: /a-1-0\.tar\.bz2/,
  });
});
