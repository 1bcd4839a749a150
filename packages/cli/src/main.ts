import { COMMANDS } from './command-modules.ts';
import { endProcess, ownWorld } from './own-process.ts';
import { run } from './run.ts';

const world = ownWorld();
process.on('SIGINT', () => {
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.exit(130);
});
endProcess('antivenom', await run(world, COMMANDS), 3);
