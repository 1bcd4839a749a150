/** `npm start`, as somebody sees it who has just cloned the repository. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fixturesFolder } from '@antivenom/testkit';

const DEMO = join(import.meta.dirname, '../../demo/main-job.ts');

function play(t: TestContext, original?: string) {
  const temporary = mkdtempSync(join(tmpdir(), 'antivenom-play-'));
  t.after(() => rmSync(temporary, { recursive: true }));
  const node = ['--conditions=antivenom-source', '--disable-warning=ExperimentalWarning'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, DEMO, ...(original ? [original] : [])], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TMPDIR: temporary },
  });
  assert.deepEqual(readdirSync(temporary), [], 'nothing is left behind');
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

function assertAllRefused({ status, lines, stderr }: ReturnType<typeof play>): void {
  assert.equal(status, 0, lines.join('\n') + stderr);
  const refused = lines.filter((line) => line.startsWith('   ✓ refused  ')).length;
  assert.ok(refused >= 8);
  assert.equal(lines.at(-1), `✓ ${refused} of ${refused} tamperings were refused, and what is good passed.`);
}

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

const fixtures = fixturesFolder();
test('a real channel passes too, and stays as it was', {
  skip: fixtures ? false : 'no fixtures beside the checkout',
}, (t) => {
  const original = join(fixtures ?? '', 'packages/conda+conda/tests/data/test-recipes');
  const before = readdirSync(original, { recursive: true });
  assertAllRefused(play(t, original));
  assert.deepEqual(readdirSync(original, { recursive: true }), before);
});

test('a channel that it cannot be played with ends with 1, and leaves nothing behind either', (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'antivenom-empty-'));
  t.after(() => rmSync(empty, { recursive: true }));
  mkdirSync(join(empty, 'noarch'));
  const { status, lines } = play(t, empty);
  assert.equal(status, 1);
  assert.match(lines.at(-1) ?? '', /^✗ The play was cut short: /);
});
