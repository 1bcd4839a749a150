import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../packages/cli', import.meta.url));
const LAUNCHER = join(CLI, 'bin/antivenom');
const VERSION: string = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8')).version;
/** What sh itself needs, and no node. */
const TOOLS = '/usr/bin:/bin';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'antivenom cli '));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function launch(launcher: string, argv: string[], options: { cwd?: string; path?: string } = {}) {
  return spawnSync(launcher, argv, {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: options.path ?? TOOLS },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The package as it is installed beside others, away from the checkout's Node, and `node` in a folder for PATH. */
function installed(t: TestContext, node: string, program = 'antivenom'): { launcher: string; path: string } {
  const root = folder(t);
  const home = join(root, 'node_modules/antivenom');
  mkdirSync(join(home, 'dist'), { recursive: true });
  cpSync(join(CLI, 'bin'), join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"type": "module"}');
  writeFileSync(
    join(home, 'dist/main.js'),
    'console.log(process.pid, ...process.argv.slice(2)); setInterval(() => {}, 9e5);',
  );
  mkdirSync(join(root, 'path'));
  writeFileSync(join(root, 'path/node'), node);
  chmodSync(join(root, 'path/node'), 0o755);
  return { launcher: join(home, 'bin', program), path: `${join(root, 'path')}:${TOOLS}` };
}

test('runs from any working directory, by absolute path and through symbolic links', (t) => {
  const cwd = folder(t);
  symlinkSync(LAUNCHER, join(cwd, 'absolute'));
  mkdirSync(join(cwd, 'bin'));
  symlinkSync('../absolute', join(cwd, 'bin/relative'));
  for (const launcher of [LAUNCHER, join(cwd, 'absolute'), './bin/relative', `${LAUNCHER}-tuf`]) {
    const { stdout, stderr, status } = launch(launcher, ['--version'], { cwd });
    assert.deepEqual({ stdout, stderr, status }, { stdout: `${VERSION}\n`, stderr: '', status: 0 }, launcher);
  }
});

test('a result that a full disk swallowed is none, and one that its reader stopped reading stands', {
  skip: !existsSync('/dev/full') && 'no full device here',
}, () => {
  const to = (sink: string) =>
    spawnSync('/bin/sh', ['-c', `"$0" --version ${sink}`, LAUNCHER], { encoding: 'utf8', env: { PATH: TOOLS } });
  const { status, stderr } = to('> /dev/full');
  assert.equal(status, 3);
  assert.match(stderr, /^antivenom: could not be done: the result could not be written: /);
  assert.equal(to('| true').stderr, '');
});

test('an older node in PATH, a broken one and none at all get one clear sentence, and exit 2 or, of the TUF client, 1', (t) => {
  const answers: [node: string, found: string][] = [
    ['#!/bin/sh\necho v20.20.2\n', 'the one in PATH is 20.20.2'],
    ['#!/bin/sh\necho v0.10.48\n', 'the one in PATH is 0.10.48'],
    ['#!/bin/sh\necho hello\n', 'the one in PATH does not tell its version'],
    ['#!/bin/sh\nexit 1\n', 'there is no node in PATH'],
  ];
  for (const [node, found] of answers) {
    for (const [program, expected] of [
      ['antivenom', 2],
      ['antivenom-tuf', 1],
    ] as const) {
      const { launcher, path } = installed(t, node, program);
      const { stdout, stderr, status } = launch(launcher, ['--version'], { path });
      assert.deepEqual(
        { stdout, stderr, status },
        { stdout: '', stderr: `${program}: needs Node 24 or newer, and ${found}\n`, status: expected },
      );
    }
  }
});

test('the process that was started is Node itself, so that signals reach it', async (t) => {
  const { launcher, path } = installed(t, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
  const child = spawn(launcher, ['sign', 'a b', ''], { env: { PATH: path }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    child.stdout.take(1).toArray(),
    new Promise<never>((_, no) => child.on('error', no)),
  ]);
  assert.equal(String(line), `${child.pid} sign a b \n`);
  child.kill('SIGKILL');
  const signal = await new Promise((resolve) => child.on('close', (_code, by) => resolve(by)));
  assert.equal(signal, 'SIGKILL');
});

test('every mistake ends with 2, with one JSON document where it was asked for', () => {
  const human = launch(LAUNCHER, ['--colour']);
  assert.equal(human.status, 2);
  assert.equal(human.stdout, '');
  assert.match(human.stderr, /^antivenom: unknown option '--colour'\nhint: /);
  const json = launch(LAUNCHER, ['--colour', '--json']);
  assert.equal(json.status, 2);
  assert.equal(JSON.parse(json.stdout).code, 'usage');
});

test('a reader that stops reading changes nothing', () => {
  const { status, stderr } = spawnSync('sh', ['-c', `{ sleep 0.5; '${LAUNCHER}' --help; echo $? >&2; } | true`], {
    encoding: 'utf8',
    env: { PATH: TOOLS },
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '0\n' });
});
