import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertAllRefused, play } from './played.ts';

test('everything that is good passes, every tampering is refused, and 100 columns are enough to read it', (t) => {
  const played = play(t);
  assertAllRefused(played);
  const { lines } = played;
  assert.deepEqual(
    lines.filter((line) => line.length > 100),
    [],
  );
  assert.ok(!lines.some((line) => line.includes('\u001b')), 'no colours where there is no terminal');
  const refusals = lines.filter((line) => line.startsWith('   │ antivenom: refused: '));
  assert.equal(new Set(refusals).size, refusals.length, 'each has its own sentence');
});

test('a channel that it cannot be played with ends with 1', (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'antivenom-empty-'));
  t.after(() => rmSync(empty, { recursive: true }));
  mkdirSync(join(empty, 'noarch'));
  const { status, lines } = play(t, empty);
  assert.equal(status, 1);
  assert.match(lines.at(-1) ?? '', /^✗ The play was cut short: /);
});
