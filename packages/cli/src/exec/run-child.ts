/** Runs the command: its terminal, signals and exit status are its own. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UsageError } from '@antivenom/core';
import type { World } from '../world.ts';
import type { Variables } from './client-settings.ts';

/** As shells have them. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
const SIGNALLED = 128;
/** A terminal sends these to the command too. */
const KEYS: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/** @returns the exit status, by the rules of shells */
export function runChild(
  [command, ...args]: readonly string[],
  variables: Variables,
  world: Pick<World, 'env' | 'cwd' | 'stdin' | 'stdout' | 'stderr' | 'onSignal'>,
): Promise<number> {
  if (command === undefined)
    throw new UsageError('usage', 'the command is missing', { hint: 'antivenom exec -- COMMAND' });
  const hasTerminal = [world.stdin, world.stdout, world.stderr].some(({ isTTY }) => isTTY === true);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: world.cwd, env: { ...world.env, ...variables }, stdio: 'inherit' });
    const stopListening = world.onSignal((signal) => {
      if (!(hasTerminal && KEYS.has(signal))) child.kill(signal);
    });
    const end = (status: number) => {
      stopListening();
      resolve(status);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also told where a signal could not be sent: the command goes on then.
      if (child.pid !== undefined) return;
      const isMissing = error.code === 'ENOENT';
      world.stderr.write(`antivenom: ${command}: ${isMissing ? 'command not found' : 'cannot be executed'}\n`);
      end(isMissing ? NOT_FOUND : NOT_EXECUTABLE);
    });
    child.on('exit', (status, signal) => {
      end(signal === null ? (status ?? 0) : SIGNALLED + (constants.signals[signal] ?? 0));
    });
  });
}
