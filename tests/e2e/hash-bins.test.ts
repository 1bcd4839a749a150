/** Each package a target: what the owner types, and clients of TUF that fetch packages before and after a change. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { ChannelServer, runAntivenom, writeChannel } from '@antivenom/testkit';
import { Updater } from 'tuf-js';
import { accepted, DAY, type Document, place, refused, signed, unsigned } from './contract.ts';

/** Fetches targets from what a web server serves, by their paths. */
type Fetch = (url: string, root: string, paths: readonly string[]) => Promise<Buffer[]>;

async function clientFolder(name: string, url: string, root: string): Promise<string> {
  const folder = join(place, `${name}-${new URL(url).port}`);
  await mkdir(join(folder, 'targets'), { recursive: true });
  await mkdir(join(folder, 'metadata'), { recursive: true });
  await writeFile(join(folder, 'first-root.json'), await readFile(root));
  return folder;
}

const withAntivenomTuf: Fetch = async (url, root, paths) => {
  const folder = await clientFolder('antivenom-tuf', url, root);
  const [metadata, targets] = [join(folder, 'metadata'), join(folder, 'targets')];
  const tell = async (...argv: string[]) => {
    const told = await runAntivenom(['--metadata-dir', metadata, ...argv], { cwd: place, program: 'antivenom-tuf' });
    assert.equal(told.status, 0, told.stderr);
  };
  if ((await readdir(metadata)).length === 0) await tell('init', join(folder, 'first-root.json'));
  const names = paths.flatMap((path) => ['--target-name', path]);
  const base = ['--target-dir', targets, '--target-base-url', `${url}/tuf/targets`];
  await tell('--metadata-url', `${url}/tuf`, ...names, ...base, 'download');
  return Promise.all(paths.map((path) => readFile(join(targets, encodeURIComponent(path)))));
};

const withTufJs: Fetch = async (url, root, paths) => {
  const folder = await clientFolder('tuf-js', url, root);
  const [metadataDir, targetDir] = [join(folder, 'metadata'), join(folder, 'targets')];
  if ((await readdir(metadataDir)).length === 0) {
    await writeFile(join(metadataDir, 'root.json'), await readFile(root));
  }
  const metadataBaseUrl = `${url}/tuf`;
  const updater = new Updater({ metadataDir, metadataBaseUrl, targetDir, targetBaseUrl: `${metadataBaseUrl}/targets` });
  await updater.refresh();
  const fetched: Buffer[] = [];
  for (const path of paths) {
    const info = await updater.getTargetInfo(path);
    assert.ok(info, `no role lists ${path}`);
    fetched.push(await readFile(await updater.downloadTarget(info)));
  }
  return fetched;
};

const CLIENTS = new Map<string, Fetch>([
  ['antivenom-tuf', withAntivenomTuf],
  ['tuf-js', withTufJs],
]);

async function packagesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const subdir of ['linux-64', 'noarch']) {
    for (const name of await readdir(join(folder, subdir))) {
      if (/\.(conda|tar\.bz2)$/.test(name)) found.push(`${subdir}/${name}`);
    }
  }
  return found;
}

const bins = ({ roles }: Document) => roles.find(({ name }: Document) => name === 'bins');

test('clients of TUF fetch packages of a channel with hash bins, before and after a change and new keys', async () => {
  const { folder, home, owner, consumer, rootFingerprint } = await signed();
  const before = await accepted(['hash-bins', folder, '--bins', '16', ...owner]);
  const paths = await packagesOf(folder);
  assert.deepEqual([before.published, before.bins, before.packages], [true, 16, paths.length]);
  assert.deepEqual(before.warnings, []);
  await using server = await ChannelServer.start(folder);
  const root = join(folder, 'tuf/1.root.json');
  const fetchAll = async () => {
    const listed = await packagesOf(folder);
    for (const [name, fetch] of CLIENTS) {
      for (const [at, bytes] of (await fetch(server.url, root, listed)).entries()) {
        assert.deepEqual(bytes, await readFile(join(folder, listed[at] ?? '')), `${name}: ${listed[at]}`);
      }
    }
  };
  await fetchAll();

  // Daily work needs no offline key.
  const vault = join(home, 'keys', basename(folder), 'offline');
  await rename(vault, join(place, 'vault-of-bins'));
  for (const path of paths) await rm(join(folder, path), { force: true });
  await writeChannel(folder, { seed: 'more', subdirs: ['linux-64', 'noarch'], packages: 3, forms: { zst: true } });
  await accepted(['sign', folder, ...owner]);
  await fetchAll();
  await accepted(['refresh', folder, ...owner], { clock: 50 * DAY });
  await rename(join(place, 'vault-of-bins'), vault);

  await accepted(['rotate', folder, 'bins', ...owner]);
  await fetchAll();
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...consumer]);
  await accepted(['verify', 'channel', folder, ...consumer]);
});

test('status has one line for all hash bins, with the first expiry of any', async () => {
  const { folder, owner } = await unsigned();
  await accepted(['init', folder, '--hash-bins', '32', '--expiry', 'bins=30', ...owner]);
  await accepted(['sign', folder, ...owner]);
  const entry = bins(await accepted(['status', folder]));
  assert.deepEqual([entry.bins, entry.threshold, entry.keys.length], [32, 1, 1]);
  assert.ok(entry.daysLeft >= 29 && entry.daysLeft <= 30, `${entry.daysLeft}`);
  const { stdout } = await runAntivenom(['status', folder], { cwd: place });
  assert.equal(stdout.match(/hash bins/g)?.length, 1, stdout);
  assert.match(stdout, /^ {2}bins +version 1, 32 hash bins, 1 of 1 key, good until /m);
  assert.match(stdout, /^No problems\.$/m);
});

test('a number of hash bins that cannot be is wrong use, and changes nothing', async () => {
  const { folder, owner } = await signed();
  const timestamp = await readFile(join(folder, 'tuf/timestamp.json'));
  for (const count of ['0', '1', '12', '131072', 'many'])
    await refused(2, 'usage', ['hash-bins', folder, '--bins', count, ...owner]);
  assert.deepEqual(await readFile(join(folder, 'tuf/timestamp.json')), timestamp);
});
