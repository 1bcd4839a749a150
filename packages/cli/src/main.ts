import { COMMANDS } from './command-modules.ts';
import { endProcess, ownWorld } from './own-process.ts';
import { run } from './run.ts';

process.on('SIGINT', interrupted);
const world = ownWorld(interrupted);
endProcess('antivenom', await run(world, COMMANDS), 3);

function interrupted(): void {
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.exit(130);
}
