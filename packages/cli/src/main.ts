import { homedir } from 'node:os';
import { COMMANDS } from './command-modules.ts';
import { run } from './run.ts';
import type { ExitStatus, World } from './world.ts';

// What could not be written is told at the end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.on('SIGINT', () => {
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.exit(130);
});

const world: World = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  userHome: homedir(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => Date.now(),
};
const status = await run(world, COMMANDS);
// Connections that servers keep open must not keep us, but what was said must be out: a slow reader's pipe holds it back.
process.stderr.write('', () => {
  process.stdout.write('', (error: NodeJS.ErrnoException | null | undefined) => process.exit(statusAfter(error)));
});

/**
 * Whoever reads us may stop reading (`antivenom status … | head -1`); what we decided stands all the same. A result that a
 * full disk swallowed is none.
 */
function statusAfter(error: NodeJS.ErrnoException | null | undefined): ExitStatus {
  if (!error || error.code === 'EPIPE') return status;
  process.stderr.write(`antivenom: could not be done: the result could not be written: ${error.message}\n`);
  return status === 0 ? 3 : status;
}
