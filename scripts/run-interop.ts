/**
 * `npm run test:interop`: our files before other people's clients. Arguments: parts of the paths of those to run.
 *
 * The clients in Python are installed once for each list of their versions, into a folder that `npm ci` clears.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, runTests } from './test-run.ts';

process.env['ANTIVENOM_INTEROP_PYTHON'] = interopPython();
const passed = await runTests({
  patterns: ['tests/interop/**/*.test.ts'],
  selected: process.argv.slice(2),
  strict: true,
});
process.exitCode = passed ? 0 : 1;

/** The Python that has what `tests/interop/requirements.txt` names. */
function interopPython(): string {
  const requirements = join(CHECKOUT, 'tests/interop/requirements.txt');
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = join(CHECKOUT, 'node_modules/.cache/interop', version);
  const python = join(folder, 'bin/python');
  const finished = join(folder, 'requirements.txt');
  if (!existsSync(finished)) {
    rmSync(folder, { recursive: true, force: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    execFileSync(python, [...install, '--requirement', requirements], { stdio: 'inherit' });
    copyFileSync(requirements, finished);
  }
  return python;
}
