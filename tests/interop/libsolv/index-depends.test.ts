/** What records depend on as mamba reads it back from the real libsolv, beside what we sign for mamba. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { indexHasPip, projectRecord, scanRepodata } from '@antivenom/core';
import { fixturesFolder } from '@antivenom/testkit';

const library = process.env['ANTIVENOM_INTEROP_LIBSOLV'];
const folder = fixturesFolder() ?? '';
const skip =
  library === undefined
    ? 'ANTIVENOM_INTEROP_LIBSOLV names no libsolv'
    : folder === '' && 'there are no fixtures beside the checkout';
const json = { maxBytes: 10_000_000, maxDepth: 32 };

const SUBCHANNEL = 'repodata/jaimergp+conda-subchannel-demo@9925c9793d';
const PYTORCH = 'repodata/conda+rattler/test-data/channels/pytorch/linux-64/repodata.json';
/** Those with pip and python in one index among them. */
const INDEXES = [
  PYTORCH,
  `${SUBCHANNEL}/linux-64/repodata.json`,
  `${SUBCHANNEL}/noarch/repodata.json`,
  'packages/conda+conda/tests/data/test-recipes/noarch/repodata.json',
];

interface Listed {
  readonly depends: readonly string[];
  readonly constrains: readonly string[];
}

function readBack(index: string, cache: string | null): Map<string, Listed> {
  const python = process.env['ANTIVENOM_INTEROP_PYTHON'] ?? 'python3';
  const program = join(import.meta.dirname, 'index_depends.py');
  const { status, stdout, stderr } = spawnSync(python, [program, library ?? ''], {
    input: `{"index": ${index}, "cache": ${JSON.stringify(cache)}}`,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  return new Map(Object.entries(JSON.parse(stdout)));
}

function signedForMamba(index: string): Map<string, Listed> {
  const repodata = scanRepodata(new Uint8Array(Buffer.from(index)), json);
  const hasPip = indexHasPip(repodata);
  return new Map(
    repodata.records.map((slice) => {
      const projection = projectRecord(repodata.record(slice), { indexHasPip: hasPip, map: slice.map });
      assert.equal(projection.status, 'foretold', slice.file);
      const { depends, constrains = [] } = JSON.parse(Buffer.from(projection.canonical).toString());
      return [slice.file, { depends, constrains }];
    }),
  );
}

describe('the dependencies that libsolv keeps', { skip }, () => {
  const place = mkdtempSync(join(tmpdir(), 'antivenom-libsolv-'));
  after(() => rmSync(place, { recursive: true }));

  for (const path of INDEXES) {
    test(`are those that we sign for mamba: ${path}`, () => {
      const index = readFileSync(join(folder, path), 'utf8');
      const kept = readBack(index, null);
      assert.ok(kept.size > 0);
      assert.deepEqual(signedForMamba(index), kept);
    });
  }

  test('come back from its own cache in another order, so that mamba refuses there what it accepted at first', () => {
    const index = readFileSync(join(folder, PYTORCH), 'utf8');
    const kept = readBack(index, null);
    const cached = readBack(index, join(place, 'cache.solv'));
    const same = [...kept].filter(([file, { depends }]) => depends.join() === cached.get(file)?.depends.join());
    assert.ok(same.length < kept.size / 2, `${same.length} of ${kept.size} records keep their order`);
    for (const [file, { depends }] of kept) assert.deepEqual(cached.get(file)?.depends.toSorted(), depends.toSorted());
  });
});
