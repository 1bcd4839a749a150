/** `npm run test:interop`: our files before other people's clients. Arguments: parts of the paths of those to run. */
import { goTufClient, interopPython, libsolv, promtool, toxiproxy } from './interop-peers.ts';
import { runTests } from './test-run.ts';

const python = interopPython();
process.env['ANTIVENOM_INTEROP_PYTHON'] = python;
process.env['ANTIVENOM_INTEROP_LIBSOLV'] = libsolv(python);
process.env['ANTIVENOM_INTEROP_GO_TUF'] = goTufClient(python);
process.env['ANTIVENOM_INTEROP_PROMTOOL'] = promtool();
process.env['ANTIVENOM_INTEROP_TOXIPROXY'] = toxiproxy(python);
const passed = await runTests({
  patterns: ['tests/interop/**/*.test.ts'],
  selected: process.argv.slice(2),
  strict: true,
});
process.exitCode = passed ? 0 : 1;
