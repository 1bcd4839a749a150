/** Runs the real command, in a process of its own, up to a fault. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../../packages/cli/bin/antivenom', import.meta.url));
const FAULT = new URL('./fault.ts', import.meta.url).href;

export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Fault {
  /** Step, from 1 on. */
  readonly at: number;
  readonly kind: 'kill' | 'disk-full' | 'read-only';
}

/** @param folder where the command runs; it holds `passphrase` */
export async function antivenom(
  folder: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawn(LAUNCHER, [...argv, '--passphrase-file', 'passphrase'], {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', ANTIVENOM_HOME: join(folder, 'home'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const [status, signal] = await once(child, 'close');
  return { status, signal, ...out };
}

export function antivenomWithFault(folder: string, argv: readonly string[], fault: Fault): Promise<Outcome> {
  return antivenom(folder, argv, faultEnv(fault));
}

/** The environment of a command that meets this fault, or whose steps are counted in this file. */
export function faultEnv(fault: Fault | { readonly count: string }): Record<string, string> {
  const faulty = { NODE_OPTIONS: `--import=${FAULT}` };
  if ('count' in fault) return { ...faulty, FAULT_COUNT: fault.count };
  return { ...faulty, FAULT_AT: String(fault.at), FAULT_KIND: fault.kind };
}

/** How many steps a command takes in a copy of this folder. */
export async function stepsOf(folder: string, argv: readonly string[]): Promise<number> {
  return inCopyOf(folder, async (copy) => {
    const count = join(copy, 'steps');
    const { status, stderr } = await antivenom(copy, argv, faultEnv({ count }));
    if (status !== 0) throw new Error(stderr);
    return Number(await readFile(count, 'utf8'));
  });
}

/** A folder that is gone afterwards, with the passphrase of all keys in it. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-crash-'));
  try {
    await writeFile(join(folder, 'passphrase'), 'secret');
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function inCopyOf<T>(folder: string, work: (copy: string) => Promise<T>): Promise<T> {
  return inFolder(async (copy) => {
    await cp(folder, copy, { recursive: true, preserveTimestamps: true });
    return work(copy);
  });
}

/** As many steps at a time as there are processors. */
export async function atEach(steps: readonly number[], work: (step: number) => Promise<void>): Promise<void> {
  const rest = steps.values();
  const worker = async () => {
    for (const step of rest) {
      try {
        await work(step);
      } catch (cause) {
        throw new Error(`at step ${step}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
