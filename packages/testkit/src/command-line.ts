/** Runs the real command line as a user would, and keeps what it told. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BIN = fileURLToPath(new URL('../../cli/bin/', import.meta.url));
const CLOCK = pathToFileURL(fileURLToPath(new URL('./shifted-clock.ts', import.meta.url))).href;

/** What a command that runs for a minute is: hung. */
const HUNG_MS = 60_000;

export interface CommandSetting {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** ms that the machine's clock is ahead of the real one; negative for behind. */
  readonly clock?: number;
  /** `antivenom` by default. */
  readonly program?: 'antivenom' | 'antivenom-tuf';
  /** In a group of processes of its own. */
  readonly detached?: boolean;
}

export interface Told {
  /** null where it had to be killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One JSON document of `--json`. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into what the command line says
export type Document = any;

/** No terminal, nothing to read on stdin, and of the environment only what is given. */
export function runAntivenom(argv: readonly string[], setting: CommandSetting): Promise<Told> {
  return new Promise((resolve, reject) => {
    const child = spawn(launcher(setting), argv, { ...spawnOptions(setting), stdio: ['ignore', 'pipe', 'pipe'] });
    const told = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        told[stream] += text;
      });
    }
    child.on('error', reject).on('close', (status) => resolve({ status, ...told }));
  });
}

/** The same with pipes on all three. */
export function startAntivenom(argv: readonly string[], setting: CommandSetting): ChildProcessWithoutNullStreams {
  return spawn(launcher(setting), argv, { ...spawnOptions(setting), stdio: 'pipe' });
}

function launcher({ program = 'antivenom' }: CommandSetting): string {
  return join(BIN, program);
}

function spawnOptions({ cwd, env = {}, clock = 0, detached = false }: CommandSetting) {
  const shifted =
    clock === 0 ? {} : { NODE_OPTIONS: `--import=${CLOCK}`, ANTIVENOM_TEST_CLOCK_OFFSET_MS: String(clock) };
  return {
    cwd,
    detached,
    env: { PATH: '/usr/bin:/bin', HOME: cwd, ...shifted, ...env },
    timeout: HUNG_MS,
    killSignal: 'SIGKILL' as const,
  };
}
