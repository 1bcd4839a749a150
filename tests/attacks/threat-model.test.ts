import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('docs/threat-model.md has a row for each attack that is tested here, and a test for each of its rows', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/threat-model.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  const tested = new Set(globSync('*/**/*.test.ts', { cwd: import.meta.dirname }).map((path) => path.split('/')[0]));
  assert.deepEqual(rows.toSorted(), [...tested].sort());
});
