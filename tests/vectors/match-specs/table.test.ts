/**
 * Match specs in all their spellings, and how mamba prints each: `table.json`, written from reading libsolv's `conda.c`. A
 * `printed` of null stands for a spec that mamba drops.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { printMambaMatchSpec } from '@antivenom/core';

interface Row {
  readonly spec: string;
  readonly printed: string | null;
  readonly note?: string;
}

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('table.json', import.meta.url), 'utf8'));

test('the table holds each spec once, and hundreds of them', () => {
  assert.equal(new Set(rows.map(({ spec }) => spec)).size, rows.length);
  assert.ok(rows.length >= 250, `${rows.length} rows`);
});

test('match specs are printed as mamba prints them', () => {
  const wrong = rows
    .map(({ spec, printed, note }) => ({ spec, printed, ours: printMambaMatchSpec(spec) ?? null, note }))
    .filter(({ printed, ours }) => ours !== printed);
  assert.deepEqual(wrong, []);
});
