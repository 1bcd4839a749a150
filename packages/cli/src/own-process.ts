/** The process that a command is: what it is given, and its end. */
import { homedir } from 'node:os';
import type { ExitStatus, ForeignStatus, World } from './world.ts';

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;

/** @param interrupted what SIGINT does, until a command takes care of it itself */
export function ownWorld(interrupted: () => void = () => {}): World {
  // What could not be written is told at the end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    userHome: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => Date.now(),
    askedToStop: () =>
      new Promise((resolve) => {
        process.off('SIGINT', interrupted);
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
      }),
    onSignal: (heard) => {
      process.off('SIGINT', interrupted);
      for (const signal of SIGNALS) process.on(signal, heard);
      return () => {
        process.on('SIGINT', interrupted);
        for (const signal of SIGNALS) process.off(signal, heard);
      };
    },
  };
}

/**
 * Connections that servers keep open must not keep us, but what was said must be out: a slow reader's pipe holds it back.
 *
 * Whoever reads us may stop reading (`antivenom status … | head -1`); what we decided stands all the same. A result that a
 * full disk swallowed is none: `lost` is the status then.
 */
export function endProcess(program: string, status: ForeignStatus, lost: ExitStatus): void {
  process.stderr.write('', () => {
    process.stdout.write('', (error: NodeJS.ErrnoException | null | undefined) => {
      if (!error || error.code === 'EPIPE') process.exit(status);
      process.stderr.write(`${program}: could not be done: the result could not be written: ${error.message}\n`);
      process.exit(status === 0 ? lost : status);
    });
  });
}
