/** Every record of the public indexes: what mamba makes of it is foretold, or there is a reason why not. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import {
  ContentTrustError,
  cctCanonical,
  indexHasPip,
  type JsonObject,
  type JsonValue,
  object,
  printMambaMatchSpec,
  projectRecord,
  type Repodata,
  readJson,
  scanRepodata,
} from '@antivenom/core';
import { fixturesFolder } from '@antivenom/testkit';

const folder = fixturesFolder();
const options = folder === undefined ? { skip: 'there are no fixtures beside the checkout' } : {};
const LIMITS = { maxBytes: 100_000_000, maxDepth: 64 };

/** What of the record mamba signs, by its own words; depends and constrains have another test. */
const PLAIN = ['build', 'build_number', 'license', 'md5', 'name', 'sha256', 'size', 'subdir', 'version'];

test('every real record has a projection, or a reason for none', options, () => {
  const seen = new Set<string>();
  const reasons = new Map<string, number>();
  let foretold = 0;
  for (const repodata of publicIndexes()) {
    const hasPip = indexHasPip(repodata);
    for (const slice of repodata.records) {
      const record = repodata.record(slice);
      const bytes = `${hasPip} ${Buffer.from(cctCanonical(record)).toString()}`;
      if (seen.has(bytes)) continue;
      seen.add(bytes);
      const projection = projectRecord(record, { indexHasPip: hasPip, map: slice.map });
      if (projection.status === 'unforeseeable') {
        reasons.set(projection.reason, (reasons.get(projection.reason) ?? 0) + 1);
        continue;
      }
      foretold++;
      assertOf(record, readJson(projection.canonical, LIMITS) as JsonObject);
    }
  }
  assert.ok(foretold > 5000, `${foretold} projections`);
  // Wheels; null for a list; a build with NUL; a record without subdir.
  assert.deepEqual([...reasons.keys()].sort(), ['missing-subdir', 'unexpected-text', 'unexpected-type', 'unread-map']);
});

function assertOf(record: JsonObject, projection: JsonObject): void {
  const described = Buffer.from(cctCanonical(record)).toString();
  const fallback = (member: string): JsonValue | number => (['size', 'build_number'].includes(member) ? 0 : '');
  for (const member of PLAIN) {
    const wanted = object([[member, record.get(member) ?? fallback(member)]]);
    assert.deepEqual(object([[member, projection.get(member) ?? null]]), wanted, described);
  }
  const printed = (member: string): JsonValue[] =>
    ((record.get(member) ?? []) as string[]).map((spec) => printMambaMatchSpec(spec) ?? null);
  assert.deepEqual(projection.get('constrains') ?? [], printed('constrains'), described);
  const name = record.get('name');
  if (name === 'python' || name === 'pip') return;
  assert.deepEqual(projection.get('depends'), [...new Set(printed('depends'))], described);
}

function* publicIndexes(): Iterable<Repodata> {
  for (const path of globSync('**/*.json', { cwd: folder ?? '' }).sort()) {
    if (!basename(path).includes('repodata')) continue;
    try {
      yield scanRepodata(new Uint8Array(readFileSync(join(folder ?? '', path))), LIMITS);
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error; // deliberately broken ones among them
    }
  }
}
