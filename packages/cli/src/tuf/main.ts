import { endProcess, ownWorld } from '../own-process.ts';
import { runTuf } from './run-tuf.ts';

endProcess('antivenom-tuf', await runTuf(ownWorld()), 1);
