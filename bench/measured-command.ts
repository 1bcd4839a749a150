/** Runs the command line as a user does, in a process of its own, and measures it. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const LAUNCHER = resolve(import.meta.dirname, '../packages/cli/bin/antivenom');
const REPORT = pathToFileURL(resolve(import.meta.dirname, 'report-usage.js')).href;

export interface Measured {
  readonly seconds: number;
  /** Of all its threads. */
  readonly cpuMs: number;
  readonly peakMB: number;
  readonly stdout: string;
}

/** @param input what the command reads */
export function measure(words: readonly string[], folder: string, input = ''): Promise<Measured> {
  return measureProgram(LAUNCHER, words, folder, input);
}

/** @param program runs on Node, or writes its usage to file descriptor 3 itself as `report-usage.js` does */
export async function measureProgram(
  program: string,
  words: readonly string[],
  folder: string,
  input = '',
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(program, words, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_OPTIONS: `--import=${REPORT}`,
      ANTIVENOM_HOME: 'home',
      ANTIVENOM_PASSPHRASE_FILE: 'passphrase',
    },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  // A command that reads nothing may end first.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [status, stdout, used] = await Promise.all([
    ended,
    textOf(child.stdout),
    textOf(child.stdio[3] as Readable | null | undefined),
  ]);
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}: ${stdout}`);
  return { seconds: (performance.now() - started) / 1000, ...JSON.parse(used), stdout };
}

async function textOf(stream: Readable | null | undefined): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream ?? []) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}
