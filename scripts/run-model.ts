/**
 * `npm run test:model [-- SEQUENCES [SEED]]`: clients and channels against the model of the specification (tests/model), in as
 * many processes as there are processors. 10,000 sequences, and a seed of its own, by default.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT } from './test-run.ts';

const [sequences = '10000', seed = `${Date.now() % 2 ** 31}`] = process.argv.slice(2);
const processes = availableParallelism();
const test = join(CHECKOUT, 'tests/model/follows-the-specification.test.ts');
const ended = Array.from({ length: processes }, async (_, at) => {
  const env = {
    ...process.env,
    ANTIVENOM_MODEL_SEQUENCES: `${Math.ceil(Number(sequences) / processes)}`,
    // Apart from each other, as each process has several seeds that follow one another.
    ANTIVENOM_MODEL_SEED: `${Number(seed) + 100 * at}`,
  };
  const options = ['--conditions=antivenom-source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...options, test], { env, stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return status === 0;
});
process.exitCode = (await Promise.all(ended)).every(Boolean) ? 0 : 1;
