/** The packages as they are published: packed, installed in an empty folder, and used from there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeChannel } from '@antivenom/testkit';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const PUBLIC = readdirSync(join(CHECKOUT, 'packages'))
  .map((folder) => JSON.parse(readFileSync(join(CHECKOUT, 'packages', folder, 'package.json'), 'utf8')))
  .filter((manifest) => manifest.private !== true);
/** What `sh` itself needs, without any Node of the checkout. */
const TOOLS = '/usr/bin:/bin';

let home: string;
let antivenom: string;

before(() => {
  home = mkdtempSync(join(tmpdir(), 'antivenom-packed-'));
  antivenom = join(home, 'node_modules/.bin/antivenom');
  const workspaces = PUBLIC.flatMap(({ name }) => ['--workspace', name]);
  npm(CHECKOUT, 'pack', '--silent', '--ignore-scripts', '--pack-destination', home, ...workspaces);
  const tarballs = readdirSync(home).map((name) => join(home, name));
  assert.equal(tarballs.length, PUBLIC.length);
  writeFileSync(join(home, 'package.json'), '{"private": true}');
  npm(home, 'install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs);
});
after(() => rmSync(home, { recursive: true }));

/** With the Node of this process, and what the surrounding npm was told of registries and caches. */
function npm(cwd: string, ...words: string[]): void {
  const { npm_config_local_prefix: _, INIT_CWD: __, ...env } = process.env;
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;
  const { status, stderr, error } = spawnSync('npm', words, { cwd, env: { ...env, PATH: path }, encoding: 'utf8' });
  assert.equal(status, 0, `npm ${words[0]}: ${error ?? stderr}`);
}

function run(words: readonly string[], node = dirname(process.execPath), program = antivenom) {
  const env = { PATH: `${node}${delimiter}${TOOLS}`, ANTIVENOM_HOME: 'home', ANTIVENOM_PASSPHRASE_FILE: 'passphrase' };
  return spawnSync(program, words, { cwd: home, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function result(...words: string[]) {
  const { status, stdout, stderr } = run([...words, '--json']);
  assert.equal(status, 0, stdout + stderr);
  return JSON.parse(stdout);
}

test('signs a channel and proves it', async () => {
  writeFileSync(join(home, 'passphrase'), 'packed\n');
  await writeChannel(join(home, 'channel'), { seed: 'packed', subdirs: ['noarch'], packages: 3, forms: { bz2: true } });
  const { rootFingerprint } = result('init', 'channel');
  const { records } = result('sign', 'channel', '--out', 'published');
  result('trust', 'add', 'published', '--fingerprint', rootFingerprint);
  const verified = result('verify', 'channel', 'published');
  assert.deepEqual(verified.records, { total: records.total, signed: records.total, refused: 0 });
});

test('reads what it signed with the TUF client too', () => {
  const program = `${antivenom}-tuf`;
  const metadata = ['--metadata-url', pathToFileURL(join(home, 'published/tuf')).href, '--metadata-dir', 'metadata'];
  const targets = [
    '--target-base-url',
    pathToFileURL(join(home, 'published/tuf/targets')).href,
    '--target-dir',
    'targets',
  ];
  for (const words of [
    ['--metadata-dir', 'metadata', 'init', 'published/tuf/1.root.json'],
    [...metadata, ...targets, '--target-name', 'noarch/repodata.json', 'download'],
  ]) {
    const { status, stderr } = run(words, dirname(process.execPath), program);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  }
  const [target, published] = ['targets/noarch%2Frepodata.json', 'published/noarch/repodata.json'];
  assert.deepEqual(readFileSync(join(home, target)), readFileSync(join(home, published)));
});

test('each package is entered by its name, and carries its licence', () => {
  for (const { name, exports } of PUBLIC) {
    const folder = join(home, 'node_modules', name);
    assert.match(readFileSync(join(folder, 'LICENSE'), 'utf8'), /Redistribution and use/);
    const files = readdirSync(folder, { recursive: true }).map(String);
    assert.deepEqual(
      files.filter((file) => file.includes('.test.') || file.endsWith('.tsbuildinfo')),
      [],
    );
    if (exports === undefined) continue;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', `import '${name}'`], {
      cwd: home,
    });
    assert.equal(status, 0, String(stderr));
  }
});

/** Folders of PATH with a Node that is too old. */
function olderNodes(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => existsSync(folder));
  return [...new Set(folders.map((folder) => realpathSync(folder)))].filter((folder) => {
    const { stdout } = spawnSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' });
    return /^v\d+/.test(stdout ?? '') && Number.parseInt(stdout.slice(1), 10) < 24;
  });
}

for (const node of olderNodes()) {
  test(`the older Node in ${node} gets one clear sentence`, () => {
    const { status, stdout, stderr } = run(['--version'], node);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^antivenom: needs Node 24 or newer, and the one in PATH is \d+\.\d+\.\d+\n$/);
  });
}
