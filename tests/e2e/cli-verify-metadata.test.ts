import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TufRepository } from '@antivenom/testkit';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/antivenom', import.meta.url));
const NOW = Date.parse('2026-01-01T00:00:00Z');
const AT = ['--at', '2026-01-01T00:00:00Z'];

function antivenom(cwd: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(LAUNCHER, argv, {
    cwd,
    env: { PATH: '/usr/bin:/bin', ANTIVENOM_HOME: join(cwd, 'home') },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

/** A repository with a delegated role, its files in a folder by the names that a channel gives them. */
async function published(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'antivenom-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const repository = new TufRepository(NOW);
  repository.delegate('targets', 'index', ['*/repodata.json']);
  const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, name), bytes);
  write('1.root.json', await repository.rootFile());
  repository.root.version = 2;
  write('2.root.json', await repository.rootFile());
  write('timestamp.json', await repository.timestampFile());
  write('1.snapshot.json', await repository.snapshotFile());
  write('1.targets.json', await repository.targetsFile());
  write('1.index.json', await repository.targetsFile('index'));
  return folder;
}

const CHAIN = ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json', '1.index.json'];

test('a whole TUF chain is verified, and nothing is stored', async (t) => {
  const cwd = await published(t);
  const before = readdirSync(cwd);
  const human = antivenom(cwd, 'verify', 'metadata', ...CHAIN, '--root', '1.root.json', ...AT);
  assert.deepEqual({ status: human.status, stderr: human.stderr }, { status: 0, stderr: '' });
  assert.match(human.stdout, /^ok {2}2\.root\.json {6}root 2, good until \d{4}-/m);
  const { status, stdout } = antivenom(cwd, 'verify', 'metadata', ...CHAIN, '--root', '1.root.json', ...AT, '--json');
  const { ok, chain } = JSON.parse(stdout);
  assert.equal(status, 0);
  assert.equal(ok, true);
  assert.deepEqual(
    chain.map(({ role, version }: { role: string; version: number }) => `${role} ${version}`),
    ['root 1', 'root 2', 'timestamp 1', 'snapshot 1', 'targets 1', 'index 1'],
  );
  assert.deepEqual(readdirSync(cwd), before);
});

test('what does not verify, is expired or is no metadata is refused with its code', async (t) => {
  const cwd = await published(t);
  const stranger = new TufRepository(NOW);
  stranger.root.version = 2;
  // Other keys than those that version 1 names.
  stranger.root.signers = stranger.targetsRole('targets').signers;
  writeFileSync(join(cwd, 'evil.root.json'), await stranger.rootFile());
  writeFileSync(join(cwd, 'page.json'), '<html>');
  const cases: [argv: string[], status: number, code: string][] = [
    [['evil.root.json', ...AT], 1, 'threshold-not-met'],
    [[...CHAIN, '--at', '2099-01-01T00:00:00Z'], 1, 'expired'],
    [['1.root.json', ...AT], 1, 'version-mismatch'],
    [['page.json', ...AT], 1, 'malformed'],
    [['2.root.json', '1.snapshot.json', ...AT], 2, 'usage'],
    [['2.root.json', '--at', 'yesterday'], 2, 'usage'],
  ];
  for (const [argv, status, code] of cases) {
    const told = antivenom(cwd, 'verify', 'metadata', ...argv, '--root', '1.root.json', '--json');
    const document = JSON.parse(told.stdout);
    assert.deepEqual(
      { status: told.status, ok: document.ok, code: document.code },
      { status, ok: false, code },
      told.stdout,
    );
    // The file that was named is the one that is spoken of.
    if (argv[0]!.includes('root') && code !== 'expired' && status === 1)
      assert.ok(document.message.startsWith(`${argv[0]} is `), told.stdout);
  }
});

test('a mistyped file gets the name beside it', async (t) => {
  const cwd = await published(t);
  const { status, stderr } = antivenom(cwd, 'verify', 'metadata', '2.rot.json', '--root', '1.root.json');
  assert.equal(status, 2);
  assert.equal(stderr, 'antivenom: 2.rot.json is not there\nhint: Did you mean 2.root.json?\n');
});

test('a command of a later version, and one mistyped, is unknown', () => {
  assert.match(antivenom(tmpdir(), 'attest').stderr, /^antivenom: unknown command 'attest'\n/);
  const { status, stderr } = antivenom(tmpdir(), 'verify', 'metdata');
  assert.deepEqual(
    { status, stderr },
    { status: 2, stderr: "antivenom: unknown command 'metdata'\nhint: Did you mean metadata?\n" },
  );
});
