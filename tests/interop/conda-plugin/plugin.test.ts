/** The tests of `plugins/conda`, in Python, each told as one of ours; the channel that they install from is signed here. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { ChannelOwner, type ChannelPackage } from '@antivenom/testkit';

const CHECKOUT = join(import.meta.dirname, '../../..');
const python = process.env['ANTIVENOM_INTEROP_PYTHON'];

/** The only format that Python's standard library reads. */
const formats = ['tar.bz2'] as const;
const PACKAGES: readonly ChannelPackage[] = [
  { name: 'tool', version: '1.0', formats },
  { name: 'other', version: '1.0', formats },
  { name: 'pure', version: '1.0', build: 'py_0', depends: ['python'], formats },
  { name: 'python', version: '3.13.0', formats },
];

interface PythonTest {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly why: string;
}

if (python === undefined) {
  test('conda-antivenom', { skip: 'ANTIVENOM_INTEROP_PYTHON names no python' }, () => {});
} else {
  const owner = await ChannelOwner.make({ packages: PACKAGES });
  after(() => owner.remove());
  const told = await runPython(python, owner);
  test('Python runs the tests of the plugin to their end', () => {
    assert.equal(told.status, 0, told.stderr);
    assert.notEqual(told.tests.length, 0);
  });
  for (const { name, outcome, why } of told.tests) {
    test(name, (context) => {
      if (outcome === 'skipped') context.skip(why);
      else assert.equal(outcome, 'passed', why);
    });
  }
}

async function runPython(program: string, { folder, rootFingerprint }: ChannelOwner) {
  const top = join(CHECKOUT, 'plugins/conda');
  const channel = { executable: join(CHECKOUT, 'packages/cli/bin/antivenom'), folder, fingerprint: rootFingerprint };
  const child = spawn(program, ['-B', '-m', 'tests.report', top], {
    cwd: top,
    env: { PATH: '/usr/bin:/bin', ANTIVENOM_TEST_CHANNEL: JSON.stringify(channel) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const stderr = child.stderr.toArray();
  const tests: PythonTest[] = [];
  for await (const line of createInterface(child.stdout)) tests.push(JSON.parse(line));
  return { status: await ended, stderr: Buffer.concat(await stderr).toString(), tests };
}
