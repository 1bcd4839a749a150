import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runAntivenom, writeChannel } from '@antivenom/testkit';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/antivenom', import.meta.url));
const PASSPHRASE = ['--passphrase-file', 'passphrase'];

function antivenom(cwd: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(LAUNCHER, argv, {
    cwd,
    env: { PATH: '/usr/bin:/bin', ANTIVENOM_HOME: join(cwd, 'home') },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

/** The ceremony of a channel `good`, so many days ago. */
async function init(cwd: string, daysAgo: number, ...options: string[]) {
  const argv = ['init', 'good', ...options, ...PASSPHRASE];
  return runAntivenom(argv, { cwd, clock: -daysAgo * 86_400_000, env: { ANTIVENOM_HOME: join(cwd, 'home') } });
}

/** A folder with a channel named `good` and a passphrase. */
async function place(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'antivenom-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await writeChannel(join(folder, 'good'), { seed: 'cli', subdirs: ['noarch'], packages: 3, forms: { zst: true } });
  writeFileSync(join(folder, 'passphrase'), 'correct horse\n');
  return folder;
}

test('a channel is made and signed with two commands, which say what its owner does next', async (t) => {
  const cwd = await place(t);
  const made = antivenom(cwd, 'init', 'good', ...PASSPHRASE);
  assert.equal(made.status, 0, made.stderr);
  const fingerprint = createHash('sha256')
    .update(readFileSync(join(cwd, 'good/tuf/1.root.json')))
    .digest('hex');
  assert.match(
    made.stdout,
    new RegExp(`^ {2}antivenom trust add https://\\S+/good --fingerprint ${fingerprint}$`, 'm'),
  );
  assert.match(made.stdout, /move the offline keys away/);
  assert.deepEqual(readdirSync(join(cwd, 'home/keys/good')).sort(), ['1.root.json', 'offline', 'online']);

  const signed = antivenom(cwd, 'sign', 'good', ...PASSPHRASE);
  assert.deepEqual([signed.status, signed.stderr], [0, '']);
  assert.match(signed.stdout, /^Signed (\d+) of \1 records\.$/m);
  assert.match(signed.stdout, /^Record signatures add [\d.]+ kB/m);
  assert.match(antivenom(cwd, 'sign', 'good', ...PASSPHRASE).stdout, /^Nothing has changed/);
});

test('under --json both hold what scripts hold on to', async (t) => {
  const cwd = await place(t);
  const options = ['--threshold', 'root=1/2', '--expiry', 'cct/root=30', '--json', '--keys', 'k'];
  const made = JSON.parse((await init(cwd, 16, ...options)).stdout);
  assert.match(made.rootFingerprint, /^[0-9a-f]{64}$/);
  const root = made.roles.find(({ name }: { name: string }) => name === 'root');
  assert.deepEqual([root.threshold, root.keys.length], [1, 2]);
  assert.match(root.expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const sign = (...more: string[]) => antivenom(cwd, 'sign', 'good', '--keys', 'k', '--json', ...PASSPHRASE, ...more);
  const first = JSON.parse(sign().stdout);
  const { total } = first.records;
  assert.deepEqual([first.published, first.records.signed, first.records.reused], [true, total, 0]);
  assert.ok(first.files.includes('tuf/timestamp.json'));
  assert.deepEqual(
    first.warnings.map(({ about }: { about: string }) => about),
    ['cct/root'],
  );
  const again = JSON.parse(sign().stdout);
  assert.deepEqual([again.published, again.records.signed, again.records.reused], [false, 0, total]);
  const out = JSON.parse(sign('--out', 'served').stdout);
  assert.equal(out.folder, join(cwd, 'served'));
});

test('what must not be signed is listed, each with its code, and ends with 1', async (t) => {
  const cwd = await place(t);
  antivenom(cwd, 'init', 'good', ...PASSPHRASE);
  const path = join(cwd, 'good/noarch/repodata.json');
  const index = JSON.parse(readFileSync(path, 'utf8'));
  const [one, two] = Object.keys(index['packages.conda']);
  delete index['packages.conda'][one!].sha256;
  index['packages.conda'][two!].version = '99';
  writeFileSync(path, JSON.stringify(index));

  const human = antivenom(cwd, 'sign', 'good', '--rebuild', ...PASSPHRASE);
  assert.equal(human.status, 1);
  assert.match(human.stderr, new RegExp(`^ {2}noarch/${one}: .*\\(unsafe-index\\)$`, 'm'));
  assert.match(human.stderr, new RegExp(`^ {2}noarch/${two}: .*\\(name-mismatch\\)$`, 'm'));

  const json = JSON.parse(antivenom(cwd, 'sign', 'good', '--rebuild', '--json', ...PASSPHRASE).stdout);
  assert.deepEqual([json.ok, json.code], [false, 'unsafe-index']);
  assert.deepEqual(
    json.refused.map(({ file, code }: { file: string; code: string }) => [file, code]),
    [
      [`noarch/${one}`, 'unsafe-index'],
      [`noarch/${two}`, 'name-mismatch'],
    ],
  );
});

test('wrong use ends with 2 and never waits for an answer', async (t) => {
  const cwd = await place(t);
  const ends = (code: string, ...argv: string[]) => {
    const { status, stdout } = antivenom(cwd, ...argv, '--json');
    assert.deepEqual([status, JSON.parse(stdout).code], [2, code], argv.join(' '));
  };
  ends('usage', 'init', 'good');
  ends('usage', 'init', 'good', '--yes');
  ends('usage', 'init', 'goood', ...PASSPHRASE);
  ends('usage', 'init', 'good', '--threshold', 'roto=1/1', ...PASSPHRASE);
  ends('not-initialised', 'sign', 'good', ...PASSPHRASE);
  assert.equal(antivenom(cwd, 'init', 'good', ...PASSPHRASE).status, 0);
  ends('already-initialised', 'init', 'good', ...PASSPHRASE);
  writeFileSync(join(cwd, 'wrong'), 'wrong');
  ends('wrong-passphrase', 'sign', 'good', '--passphrase-file', 'wrong');
});

test('a channel is kept alive by refresh without its offline keys, renewed with them, and status tells how it stands', async (t) => {
  const cwd = await place(t);
  await init(cwd, 11, '--expiry', 'root=20');
  antivenom(cwd, 'sign', 'good', ...PASSPHRASE);
  const refresh = JSON.parse(antivenom(cwd, 'refresh', 'good', '--json').stdout);
  assert.deepEqual([refresh.published, refresh.warnings[0].about], [false, 'root']);
  assert.match(antivenom(cwd, 'refresh', 'good').stderr, /^antivenom: warning: root expires in 9 days: run renew/);

  const renew = JSON.parse(antivenom(cwd, 'renew', 'good', '--json', ...PASSPHRASE).stdout);
  assert.deepEqual([renew.published, renew.renewed.includes('root')], [true, true]);
  assert.equal(antivenom(cwd, 'renew', 'good', '--json').status, 2);

  const status = JSON.parse(antivenom(cwd, 'status', 'good', '--json').stdout);
  assert.deepEqual(
    status.roles.map(({ name, version }: { name: string; version: number }) => `${name} ${version}`),
    ['root 2', 'targets 2', 'yank 2', 'index 2', 'snapshot 3', 'timestamp 3', 'cct/root 2', 'cct/key_mgr 2'],
  );
  assert.deepEqual(status.problems, []);
  const later = antivenom(cwd, 'status', 'good', '--at', '2099-01-01T00:00:00Z');
  assert.equal(later.status, 0);
  assert.match(
    later.stdout,
    /timestamp expired on \d{4}-\d\d-\d\d: consumers refuse the channel until you run refresh/,
  );
});
