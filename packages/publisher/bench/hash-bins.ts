/**
 * `npm run bench:bins [-- PACKAGES…]`: what it costs a publisher to keep each package a target, by size of the channel. Changing 100 packages
 * should cost what changes and the snapshot, not what the channel is large.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const STEP = join(import.meta.dirname, 'hash-bins-step.ts');
/** As `hash-bins` chooses where nobody says how many. */
const PACKAGES_A_BIN = 200;

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMB: number;
  /** Metadata written. */
  readonly files: number;
  readonly bytes: number;
}

async function measure(step: string, folder: string, count: number): Promise<Cost> {
  const node = ['--conditions=antivenom-source', '--disable-warning=ExperimentalWarning'];
  const { stdout } = await run(process.execPath, [...node, STEP, step, folder, String(count)]);
  return JSON.parse(stdout);
}

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [30_000, 300_000, 3_000_000];
console.log('| step | packages | bins | CPU seconds | seconds | peak MB | files written | MB written |');
console.log('|---|--:|--:|--:|--:|--:|--:|--:|');
for (const packages of sizes) {
  const bins = 2 ** Math.max(1, Math.ceil(Math.log2(packages / PACKAGES_A_BIN)));
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-bench-'));
  try {
    await measure('init', folder, bins);
    for (const step of ['list all', 'change 100', 'refresh a batch']) {
      const { seconds, cpuSeconds, peakMB, files, bytes } = await measure(step, folder, packages);
      const cells = [
        ...[step, packages.toLocaleString('en'), bins.toLocaleString('en'), cpuSeconds.toFixed(2), seconds.toFixed(2)],
        ...[Math.round(peakMB), files.toLocaleString('en'), (bytes / 1e6).toFixed(1)],
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
