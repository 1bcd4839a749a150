import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES } from './errors.ts';

test('docs/errors.md lists every code with its statuses and meaning, in the order of the code, and no other', () => {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const expected = Object.entries(ERROR_CODES).map(
    ([code, { exit, http, means }]) => `| \`${code}\` | ${exit} | ${http} | ${means} |`,
  );
  assert.deepEqual(rows, expected);
});
