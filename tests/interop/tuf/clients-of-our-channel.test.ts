/** A channel that the command line signed, before the whole clients of python-tuf, tuf-js and go-tuf: over HTTP, every target of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PublicKey, YANK_LISTS } from '@antivenom/core';
import { NO_PROGRESS, sha256Hex } from '@antivenom/node';
import {
  type AllKeysOptions,
  channelStatus,
  delegateTeam,
  initChannel,
  makeTeamKeys,
  type PublisherEnv,
  publishTeam,
  refreshChannel,
  revokeKey,
  rotateRole,
  signTeam,
} from '@antivenom/publisher';
import { ChannelServer, KeyThief, readRoles, type Signed, writeChannel } from '@antivenom/testkit';
import { Updater } from 'tuf-js';

const LAUNCHER = join(import.meta.dirname, '../../../packages/cli/bin/antivenom');
const python = process.env['ANTIVENOM_INTEROP_PYTHON'];
const goTuf = process.env['ANTIVENOM_INTEROP_GO_TUF'];
const DAY = 86_400_000;
const TEAM = 'builders';
/** Key files are opened often here. */
const QUICK = { n: 16, r: 1, p: 1 };

type Download = (client: string, names: readonly string[]) => Promise<ReadonlyMap<string, string>>;

let base: string;
let channel: string;
let published: string;
let server: ChannelServer;

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-tuf-clients-'));
  channel = join(base, 'channel');
  published = join(base, 'published');
  await writeFile(join(base, 'passphrase'), 'interop\n');
  await publish(2);
  server = await ChannelServer.start(published);
});
after(async () => {
  await server.close();
  await rm(base, { recursive: true });
});

/** So many packages a subdir; the first time, keys are made too. */
async function publish(packages: number): Promise<void> {
  const forms = { zst: true, bz2: true, currentRepodata: true, runExports: true, channeldata: true };
  await writeChannel(channel, { seed: 'interop', subdirs: ['linux-64', 'noarch'], packages, forms });
  const isNew = !(await readdir(channel)).includes('tuf');
  if (isNew) await initChannel(channel, { ...ownKeys(), scryptCost: QUICK, for: ['conda'] }, publisherEnv(Date.now()));
  await antivenom('sign', channel, '--out', published);
}

/** As the command line finds them. */
function ownKeys(): AllKeysOptions {
  const passphrase = async () => 'interop';
  return { keys: join(base, 'home/keys/channel'), onlinePassphrase: passphrase, offlinePassphrase: passphrase };
}

function publisherEnv(now: number): PublisherEnv {
  return { now, randomBytes, progress: NO_PROGRESS, lockWaitMs: 1000 };
}

async function antivenom(...words: string[]): Promise<string> {
  return run(LAUNCHER, ['--home', join(base, 'home'), ...words, '--passphrase-file', join(base, 'passphrase')]);
}

/** Not spawnSync: the server answers in this very process. */
async function run(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [status, stdout, stderr] = await Promise.all([
    new Promise((ended) => child.on('close', ended)),
    child.stdout.toArray(),
    child.stderr.toArray(),
  ]);
  assert.equal(status, 0, Buffer.concat(stderr).toString());
  return Buffer.concat(stdout).toString();
}

/** All that the newest targets files list. */
async function listedTargets(): Promise<string[]> {
  const names = await readdir(join(published, 'tuf'));
  const newest = (role: string) =>
    names
      .filter((name) => name.endsWith(`.${role}.json`))
      .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
      .at(-1) ?? assert.fail(role);
  const teams = names.some((name) => name.endsWith(`.${TEAM}.json`)) ? [TEAM] : [];
  const files = ['targets', 'yank', 'index', ...teams].map((role) =>
    readFile(join(published, 'tuf', newest(role)), 'utf8'),
  );
  return (await Promise.all(files)).flatMap((text) => Object.keys(JSON.parse(text).signed.targets)).sort();
}

/** The packages of the channel, each a target once there are hash bins. */
async function packages(): Promise<string[]> {
  const listed = ['linux-64', 'noarch'].map(async (subdir) => {
    const repodata = JSON.parse(await readFile(join(published, subdir, 'repodata.json'), 'utf8'));
    return Object.keys({ ...repodata.packages, ...repodata['packages.conda'] }).map((name) => `${subdir}/${name}`);
  });
  return (await Promise.all(listed)).flat().sort();
}

/** A client that is another program, which prints where it put what its standard input names. */
function downloadWith(program: string | undefined, ...first: readonly string[]): Download {
  return async (client, names) => {
    const url = `${server.url}/tuf`;
    const words = [...first, url, `${url}/targets`, join(published, 'tuf/1.root.json'), client];
    const printed = await run(program ?? '', words, JSON.stringify(names));
    return new Map(Object.entries<string>(JSON.parse(printed)));
  };
}

const downloadWithTufJs: Download = async (client, names) => {
  const [metadataDir, targetDir] = [join(client, 'metadata'), join(client, 'targets')];
  for (const folder of [metadataDir, targetDir]) await mkdir(folder, { recursive: true });
  if (!(await readdir(metadataDir)).includes('root.json')) {
    await writeFile(join(metadataDir, 'root.json'), await readFile(join(published, 'tuf/1.root.json')));
  }
  const metadataBaseUrl = `${server.url}/tuf`;
  const updater = new Updater({ metadataDir, metadataBaseUrl, targetDir, targetBaseUrl: `${metadataBaseUrl}/targets` });
  await updater.refresh();
  const places = new Map<string, string>();
  for (const name of names) {
    const info = await updater.getTargetInfo(name);
    assert.ok(info, `no role lists ${name}`);
    places.set(name, await updater.downloadTarget(info));
  }
  return places;
};

const AHEAD = 1_000_000;

/** Somebody with copies of the online keys has all versions run out of the owner's reach. */
async function runAhead(thief: KeyThief): Promise<void> {
  const { snapshot, index } = readRoles(published);
  const ahead = (signed: Signed) => {
    signed.version = AHEAD;
  };
  await thief.republish(published, { index: ahead, snapshot: ahead, timestamp: ahead });
  for (const [role, { version }] of Object.entries({ snapshot, index })) {
    await cp(join(published, `tuf/${version + 1}.${role}.json`), join(published, `tuf/${AHEAD}.${role}.json`));
  }
}

async function restore(copy: string): Promise<void> {
  await rm(published, { recursive: true });
  await cp(copy, published, { recursive: true });
}

/** Every target arrives as it stands in the channel. */
async function assertDownloadsAll(download: Download, client: string): Promise<void> {
  await assertDownloads(await listedTargets(), download, client);
}

async function assertDownloads(names: readonly string[], download: Download, client: string): Promise<void> {
  const places = await download(client, names);
  assert.deepEqual([...places.keys()], names);
  for (const [name, place] of places) {
    const bytes = await readFile(place);
    // The lists of what is yanked stand under their hashes alone.
    const standing = YANK_LISTS.includes(name) ? join('tuf/targets', underHash(name, bytes)) : name;
    assert.deepEqual(bytes, await readFile(join(published, standing)), name);
  }
}

function underHash(name: string, bytes: Uint8Array): string {
  return join(dirname(name), `${sha256Hex(bytes)}.${basename(name)}`);
}

const CLIENTS: readonly [name: string, download: Download, skip: string | undefined][] = [
  [
    'python-tuf',
    downloadWith(python, join(import.meta.dirname, 'ngclient_downloads.py')),
    python === undefined ? 'ANTIVENOM_INTEROP_PYTHON names no python with tuf' : undefined,
  ],
  ['tuf-js', downloadWithTufJs, undefined],
  [
    'go-tuf',
    downloadWith(goTuf),
    goTuf === undefined ? 'ANTIVENOM_INTEROP_GO_TUF does not name the client over go-tuf' : undefined,
  ],
];

describe('a channel signed from the command line', () => {
  const everyClient = async (check: (download: Download, client: string) => Promise<unknown>) => {
    for (const [name, download, skip] of CLIENTS) if (skip === undefined) await check(download, join(base, name));
  };

  for (const [name, download, skip] of CLIENTS) {
    test(`${name} updates from it and downloads every target`, { ...(skip && { skip }) }, async () => {
      assert.ok((await listedTargets()).length > 20);
      await assertDownloadsAll(download, join(base, name));
    });
  }

  test('those who updated before follow the next publication, and newcomers start with it', async () => {
    await publish(4);
    await everyClient(assertDownloadsAll);
    await everyClient((download, client) => assertDownloadsAll(download, `${client}-new`));
  });

  test('they download packages by their hash bins, before and after a change and with other keys', async () => {
    const everyPackage = async () => {
      const names = await packages();
      await everyClient((download, client) => assertDownloads(names, download, client));
    };
    await antivenom('hash-bins', channel, '--bins', '16');
    await everyPackage();
    await publish(5);
    await everyPackage();
    await antivenom('rotate', channel, 'bins');
    await everyPackage();
    await everyClient((download, client) => assert.rejects(download(client, ['noarch/no-such-1-0.conda'])));
    await everyClient(assertDownloadsAll);
  });

  test('they download the packages of a team as targets that its key signed', async () => {
    const all = (await readdir(join(channel, 'linux-64'))).filter((name) => name.endsWith('.conda'));
    const files = all.map((name) => `linux-64/${name}`);
    const team = { folder: join(base, TEAM), passphrase: async () => 'of the team' };
    const env = publisherEnv(Date.now());
    const { publicKeys } = await makeTeamKeys(TEAM, { ...team, count: 1, scryptCost: QUICK }, env);
    const sign = async (paths: readonly string[]) => {
      const packages = paths.map((path) => ({ path, file: join(channel, path) }));
      return readFile((await signTeam(TEAM, { ...team, packages }, env)).file);
    };
    const teamKeys = publicKeys.map((key) => PublicKey.ed25519Hex(key));
    const signed = await sign(files.slice(0, 1));
    await delegateTeam(channel, TEAM, { ...ownKeys(), paths: ['linux-64/*'], teamKeys, signed }, env);
    assert.ok((await listedTargets()).includes(files[0] ?? assert.fail('there are packages')));
    await everyClient(assertDownloadsAll);
    await publishTeam(channel, TEAM, await sign(files), ownKeys(), env);
    const listed = new Set(await listedTargets());
    assert.ok(files.every((file) => listed.has(file)));
    await everyClient(assertDownloadsAll);
  });

  test('they follow a refresh of the online roles', async () => {
    const timestamp = () => readFile(join(published, 'tuf/timestamp.json'), 'utf8');
    const before = JSON.parse(await timestamp()).signed.version;
    await refreshChannel(channel, ownKeys(), publisherEnv(Date.now() + 2 * DAY));
    assert.ok(JSON.parse(await timestamp()).signed.version > before);
    await everyClient(assertDownloadsAll);
  });

  test('they follow from the keys of each role to other ones', async () => {
    for (const role of ['timestamp', 'snapshot', 'index', 'targets', 'root', 'pkg_mgr']) {
      await antivenom('rotate', channel, role);
      await everyClient(assertDownloadsAll);
    }
    await everyClient((download, client) => assertDownloadsAll(download, `${client}-newcomer`));
  });

  test('they follow when more keys must sign, fewer again, and one alone goes', async () => {
    const statusOf = async (wanted: string) => {
      const { roles } = await channelStatus(channel, publisherEnv(Date.now()));
      return roles.find(({ name }) => name === wanted) ?? assert.fail(wanted);
    };
    for (const [role, keys, threshold] of [
      ['root', 4, 3],
      ['targets', 4, 3],
      ['index', 2, 2],
      ['snapshot', 2, 2],
      ['timestamp', 2, 2],
      ['root', 3, 2],
      ['timestamp', 2, 1],
      ['index', 2, 1],
    ] as const) {
      const roleKeys = { keys, threshold };
      await rotateRole(channel, role, { ...ownKeys(), roleKeys }, publisherEnv(Date.now()));
      const now = await statusOf(role);
      assert.deepEqual([now.keys.length, now.threshold], [keys, threshold], role);
      await everyClient(assertDownloadsAll);
    }
    for (const role of ['targets', 'index', 'timestamp', 'root']) {
      const [gone = ''] = (await statusOf(role)).keys;
      await revokeKey(channel, { ...ownKeys(), key: gone }, publisherEnv(Date.now()));
      assert.ok(!(await statusOf(role)).keys.includes(gone), role);
      await everyClient(assertDownloadsAll);
    }
    await everyClient((download, client) => assertDownloadsAll(download, `${client}-latest`));
  });

  test('they come back from the versions of a thief once the stolen keys are rotated, and refuse what he signs then', async () => {
    const thief = await KeyThief.of({ keys: join(base, 'home/keys/channel'), passphrase: 'interop' });
    const own = join(base, 'own');
    await cp(published, own, { recursive: true });
    await runAhead(thief);
    await everyClient((download, client) => download(client, []));
    await restore(own);
    await everyClient((download, client) => assert.rejects(download(client, []), /1000000|version/i));
    for (const role of ['timestamp', 'snapshot', 'index']) await antivenom('rotate', channel, role);
    await everyClient(assertDownloadsAll);
    await rm(own, { recursive: true });
    await cp(published, own, { recursive: true });
    await runAhead(thief);
    await everyClient((download, client) => assert.rejects(download(client, []), /timestamp|signed/i));
    await restore(own);
  });

  test('all refuse it once a target is not what was signed', async () => {
    const [name = ''] = await listedTargets();
    server.answerAll((path) => (path.includes('/tuf/targets/') ? { body: 'something else' } : undefined));
    await everyClient((download, client) => assert.rejects(download(`${client}-late`, [name]), /length|hash/i));
  });
});
