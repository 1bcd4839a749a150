import { homedir } from 'node:os';
import { COMMANDS } from './command-modules.ts';
import { run } from './run.ts';
import type { World } from './world.ts';

// Whoever reads us may stop reading (`antivenom status … | head -1`); what we decided stands all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
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
// Connections that servers keep open must not keep us; pipes are written to asynchronously on some systems.
process.stdout.write('', () => process.exit(status));
