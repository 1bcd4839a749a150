/** `npm test`: the tests of packages and scripts, vectors, attacks, e2e. Arguments: parts of the paths of those to run. */
import { runTests } from './test-run.ts';

const passed = await runTests({
  patterns: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/{vectors,attacks,e2e,model}/**/*.test.ts'],
  selected: process.argv.slice(2),
  strict: process.env['CI'] === 'true',
});
process.exitCode = passed ? 0 : 1;
