/** `npm start`, as somebody sees it who has just cloned the repository. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const DEMO = join(import.meta.dirname, '../../demo/main-job.ts');

export interface Played {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Plays with a channel of its own, or with a copy of `original`; whatever comes of it, nothing may be left behind. */
export function play(t: TestContext, original?: string): Played {
  const temporary = mkdtempSync(join(tmpdir(), 'antivenom-play-'));
  t.after(() => rmSync(temporary, { recursive: true }));
  const node = ['--conditions=antivenom-source', '--disable-warning=ExperimentalWarning'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, DEMO, ...(original ? [original] : [])], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TMPDIR: temporary },
  });
  assert.deepEqual(readdirSync(temporary), []);
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

export function assertAllRefused({ status, lines, stderr }: Played): void {
  assert.equal(status, 0, lines.join('\n') + stderr);
  const refused = lines.filter((line) => line.startsWith('   ✓ refused  ')).length;
  assert.ok(refused >= 8);
  assert.equal(lines.at(-1), `✓ ${refused} of ${refused} tamperings were refused, and what is good passed.`);
}
