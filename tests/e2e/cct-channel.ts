/** Channels as conda-content-trust leaves them, and the commands of an owner who adopts one. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  buildCctKeyMgr,
  buildCctRoot,
  type JsonObject,
  type JsonValue,
  object,
  readJson,
  type Signer,
  signCct,
  signRecord,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { runAntivenom, seededSigner, writeChannel } from '@antivenom/testkit';

export const DAY = 86_400_000;
export const NOW = Date.now();
const LIMITS = { maxBytes: 10_000_000, maxDepth: 20 };
const PACKAGES = [
  { name: 'alpha', version: '1.0', build: 'h1_0', subdir: 'linux-64', formats: ['conda', 'tar.bz2'] },
  { name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64' },
  { name: 'gamma', version: '3.0', build: '0', subdir: 'noarch' },
] as const;

const ROOTS = ['old root 1', 'old root 2'].map(seededSigner);
export const KEY_MGR = seededSigner('old key_mgr');
const PKG_MGR = seededSigner('old pkg_mgr');

/** Holds everything of one test file. */
export const place = await mkdtemp(join(tmpdir(), 'antivenom-import-'));
await writeFile(join(place, 'passphrase'), 'correct horse\n');
after(() => rm(place, { recursive: true }));

/** The seed of {@link seededSigner}. */
function seedOf(name: string): Buffer {
  return createHash('sha256').update(`antivenom test key ${name}`).digest();
}

const SEEDS: Readonly<Record<string, string>> = {
  'root-1': 'old root 1',
  'root-2': 'old root 2',
  key_mgr: 'old key_mgr',
  pkg_mgr: 'old pkg_mgr',
  stranger: 'stranger',
};

/** Keys as conda-content-trust writes them. */
export async function writeKeys(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    const seed = SEEDS[name] ?? '';
    await writeFile(join(folder, `${name}.pri`), seedOf(seed));
    await writeFile(join(folder, `${name}.pub`), seededSigner(seed).publicKey.bytes);
  }
}

interface ChainPlan {
  /** The newest root, of as many as it says. */
  readonly root: number;
  readonly keyMgr: number;
  readonly expires: number;
  readonly pkgMgr: Signer;
  /** How many of the two keys must sign this version of the root. */
  readonly rootThreshold: (version: number) => number;
}

const PLAN: ChainPlan = { root: 2, keyMgr: 4, expires: NOW + 100 * DAY, pkgMgr: PKG_MGR, rootThreshold: () => 2 };

/** A chain as conda-content-trust and gpg sign it. */
export async function writeChain(folder: string, plan: Partial<ChainPlan> = {}): Promise<void> {
  const { root: newest, keyMgr: version, expires, pkgMgr, rootThreshold } = { ...PLAN, ...plan };
  const keys = (...signers: Signer[]) => ({ keys: signers.map(({ publicKey }) => publicKey), threshold: 1 });
  const head = { issued: NOW - DAY, expires };
  await mkdir(folder, { recursive: true });
  for (let root = 1; root <= newest; root++) {
    const own = { ...keys(...ROOTS), threshold: rootThreshold(root) };
    const fields = { ...head, version: root, root: own, keyMgr: keys(KEY_MGR) };
    const bytes = await signCct(buildCctRoot(fields), ROOTS, 'openpgp', nodeCrypto, NOW);
    await writeFile(join(folder, `${root}.root.json`), bytes);
  }
  const keyMgr = buildCctKeyMgr({ ...head, version, pkgMgr: keys(pkgMgr) });
  await writeFile(join(folder, 'key_mgr.json'), await signCct(keyMgr, [KEY_MGR], 'raw', nodeCrypto, NOW));
}

/** A channel as conda-content-trust leaves it: its chain, and in each repodata the signatures of its records. */
export async function cctChannel(name: string, plan: Partial<ChainPlan> = {}): Promise<string> {
  const folder = join(place, name, 'good');
  await writeChannel(folder, { seed: 'import', subdirs: ['linux-64', 'noarch'], packages: PACKAGES });
  await writeChain(join(folder, 'cct'), plan);
  for (const subdir of ['linux-64', 'noarch']) await signIndex(join(folder, subdir, 'repodata.json'));
  return folder;
}

/** Signs as `conda content-trust sign-artifacts` does: every record, in both maps. */
async function signIndex(path: string): Promise<void> {
  const index = readJson(await readFile(path), LIMITS) as JsonObject;
  const signatures = new Map<string, JsonValue>();
  for (const map of ['packages', 'packages.conda']) {
    for (const [file, record] of (index.get(map) ?? new Map()) as JsonObject) {
      const signature = await signRecord(record as JsonObject, PKG_MGR);
      signatures.set(file, object([[hexOf(PKG_MGR), object({ signature })]]));
    }
  }
  await writeFile(path, writeJson(new Map([...index, ['signatures', signatures]]), { indent: 2 }));
}

function hexOf({ publicKey }: Signer): string {
  return Buffer.from(publicKey.bytes).toString('hex');
}

/** A command on the channel, with keys of its own. */
export async function run(folder: string, ...argv: string[]) {
  const common = ['--keys', `${folder}-keys`, '--passphrase-file', join(place, 'passphrase'), '--yes', '--json'];
  const env = { ANTIVENOM_HOME: join(place, 'home') };
  const told = await runAntivenom([...argv, ...common], { cwd: place, env });
  return { ...told, document: JSON.parse(told.stdout) };
}

export const importing = (folder: string, ...more: string[]) => run(folder, 'import', 'cct', folder, ...more);
/** Every key of the chain, as conda-content-trust writes them. */
await writeKeys(join(place, 'raw'), ['root-1', 'root-2', 'key_mgr', 'pkg_mgr']);
export const raw = () => ['--raw-keys', join(place, 'raw')];

export async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isFile() ? entry.name : [])).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

/** A consumer of ours by its new root, and one of the old chain by its first root alone. */
export async function assertConsumers(folder: string, fingerprint: string, records: number): Promise<void> {
  const home = ['--home', `${folder}-consumer`, '--json'];
  const url = `file://${folder}`;
  for (const argv of [
    ['trust', 'add', url, '--fingerprint', fingerprint],
    ['verify', 'channel', url],
  ]) {
    const told = await runAntivenom([...argv, ...home], { cwd: place });
    assert.equal(told.status, 0, told.stdout);
    if (argv[0] === 'verify')
      assert.deepEqual(JSON.parse(told.stdout).records, { total: records, signed: records, refused: 0 });
  }
  const roots = (await readdir(join(folder, 'cct'))).filter((name) => /^[2-9]\.root/.test(name)).sort();
  for (const subdir of ['linux-64', 'noarch']) {
    const files = [...roots, 'key_mgr.json'].map((name) => join(folder, 'cct', name));
    const argv = [...files, join(folder, subdir, 'repodata.json'), '--root', join(folder, 'cct/1.root.json'), '--json'];
    const told = await runAntivenom(['verify', 'metadata', ...argv], { cwd: place });
    assert.equal(told.status, 0, told.stdout);
  }
}
