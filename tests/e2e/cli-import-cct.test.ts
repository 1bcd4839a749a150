/** A channel that was signed with conda-content-trust becomes ours, and conda notices nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
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

const DAY = 86_400_000;
const NOW = Date.now();
const LIMITS = { maxBytes: 10_000_000, maxDepth: 20 };
const PACKAGES = [
  { name: 'alpha', version: '1.0', build: 'h1_0', subdir: 'linux-64', formats: ['conda', 'tar.bz2'] },
  { name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64' },
  { name: 'gamma', version: '3.0', build: '0', subdir: 'noarch' },
] as const;

const ROOTS = ['old root 1', 'old root 2'].map(seededSigner);
const KEY_MGR = seededSigner('old key_mgr');
const PKG_MGR = seededSigner('old pkg_mgr');

let place: string;
before(async () => {
  place = await mkdtemp(join(tmpdir(), 'antivenom-import-'));
  await writeFile(join(place, 'passphrase'), 'correct horse\n');
  await writeKeys(join(place, 'raw'), ['root-1', 'root-2', 'key_mgr', 'pkg_mgr']);
});
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
async function writeKeys(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    const seed = SEEDS[name] ?? '';
    await writeFile(join(folder, `${name}.pri`), seedOf(seed));
    await writeFile(join(folder, `${name}.pub`), seededSigner(seed).publicKey.bytes);
  }
}

/** A channel as conda-content-trust leaves it: two roots, key_mgr, and in each repodata the signatures of its records. */
async function cctChannel(name: string, expires = NOW + 100 * DAY): Promise<string> {
  const folder = join(place, name, 'good');
  await writeChannel(folder, { seed: 'import', subdirs: ['linux-64', 'noarch'], packages: PACKAGES });
  const keys = (...signers: Signer[]) => ({ keys: signers.map(({ publicKey }) => publicKey), threshold: 1 });
  const head = { issued: NOW - DAY, expires };
  const root = (version: number) =>
    buildCctRoot({ ...head, version, root: { ...keys(...ROOTS), threshold: 2 }, keyMgr: keys(KEY_MGR) });
  const keyMgr = buildCctKeyMgr({ ...head, version: 4, pkgMgr: keys(PKG_MGR) });
  await mkdir(join(folder, 'cct'), { recursive: true });
  for (const version of [1, 2]) {
    const bytes = await signCct(root(version), ROOTS, 'openpgp', nodeCrypto, NOW);
    await writeFile(join(folder, 'cct', `${version}.root.json`), bytes);
  }
  await writeFile(join(folder, 'cct/key_mgr.json'), await signCct(keyMgr, [KEY_MGR], 'raw', nodeCrypto, NOW));
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
async function run(folder: string, ...argv: string[]) {
  const common = ['--keys', `${folder}-keys`, '--passphrase-file', join(place, 'passphrase'), '--yes', '--json'];
  const env = { ANTIVENOM_HOME: join(place, 'home') };
  const told = await runAntivenom([...argv, ...common], { cwd: place, env });
  return { ...told, document: JSON.parse(told.stdout) };
}

const importing = (folder: string, ...more: string[]) => run(folder, 'import', 'cct', folder, ...more);
const raw = () => ['--raw-keys', join(place, 'raw')];

async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

test('the chain stays byte for byte, signatures are kept, and sign and renew go on with the old keys', async () => {
  const folder = await cctChannel('whole');
  const chain = await filesOf(join(folder, 'cct'));
  const { status, document, stderr } = await importing(folder, ...raw());
  assert.deepEqual([status, stderr], [0, ''], JSON.stringify(document));
  assert.deepEqual(document.signatures, { kept: 4, new: 0 });
  assert.deepEqual(document.adopted.root, { keys: 2, threshold: 2 });
  assert.match(document.rootFingerprint, /^[0-9a-f]{64}$/);
  const versions = document.roles.map(({ name, version }: { name: string; version: number }) => `${name} ${version}`);
  assert.deepEqual(
    versions.filter((role: string) => role.startsWith('cct/')),
    ['cct/root 2', 'cct/key_mgr 4'],
  );
  assert.ok(document.files.some((file: string) => file.startsWith('tuf/targets/cct/')));
  assert.deepEqual(await filesOf(join(folder, 'cct')), chain);

  const signed = await run(folder, 'sign', folder);
  assert.deepEqual([signed.status, signed.document.records.reused, signed.document.records.signed], [0, 4, 0]);
  const renewed = await run(folder, 'renew', folder);
  assert.equal(renewed.status, 0, renewed.stdout);
  assert.ok(['cct/root', 'cct/key_mgr'].every((role) => renewed.document.renewed.includes(role)));
  const after = await filesOf(join(folder, 'cct'));
  assert.deepEqual([...after.keys()], ['1.root.json', '2.root.json', '3.root.json', 'key_mgr.json']);
  for (const name of ['1.root.json', '2.root.json']) assert.deepEqual(after.get(name), chain.get(name));
  await assertConsumers(folder, document.rootFingerprint, 4);
});

/** A consumer of ours by its new root, and one of the old chain by its first root alone. */
async function assertConsumers(folder: string, fingerprint: string, records: number): Promise<void> {
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

test('with the key of pkg_mgr alone the channel is adopted, and renew leaves the rest to whoever holds its keys', async () => {
  const folder = await cctChannel('online');
  const key = join(place, 'raw/pkg_mgr.pri');
  const { status, document, stderr } = await importing(folder, '--pkg-mgr-key', key);
  assert.equal(status, 0, JSON.stringify(document));
  for (const role of ['cct/root', 'cct/key_mgr']) assert.match(stderr, new RegExp(`${role} cannot be renewed here`));
  assert.equal((await run(folder, 'sign', folder)).document.records.reused, 4);
  const before = await filesOf(join(folder, 'cct'));
  const renewed = await run(folder, 'renew', folder);
  assert.equal(renewed.status, 0, renewed.stdout);
  assert.deepEqual(
    renewed.document.renewed.filter((role: string) => role.startsWith('cct/')),
    [],
  );
  const skipped = renewed.document.warnings.filter(({ kind }: { kind: string }) => kind === 'not-renewed');
  assert.deepEqual(
    skipped.map(({ about }: { about: string }) => about),
    ['cct/root', 'cct/key_mgr'],
  );
  assert.deepEqual(await filesOf(join(folder, 'cct')), before);
  await assertConsumers(folder, document.rootFingerprint, 4);
});

test('records that are new or changed are counted, and those whose signature is another record’s are named', async () => {
  const folder = await cctChannel('changed');
  const path = join(folder, 'linux-64/repodata.json');
  const index = JSON.parse(await readFile(path, 'utf8'));
  index['packages.conda']['alpha-1.0-h1_0.conda'].license = 'changed after it was signed';
  delete index.signatures['beta-2.0-h2_0.conda'];
  await writeFile(path, JSON.stringify(index));
  const { document, stderr } = await importing(folder, ...raw());
  assert.deepEqual(document.signatures, { kept: 2, new: 2 });
  assert.deepEqual(document.badSignatures, ['linux-64/alpha-1.0-h1_0.conda']);
  assert.match(stderr, /1 record carried a signature that is not over the record/);
  const { records } = (await run(folder, 'sign', folder)).document;
  assert.deepEqual([records.reused, records.signed], [2, 2]);
});

test('the chain may stand elsewhere, and mamba can be served from now on', async () => {
  const folder = await cctChannel('elsewhere');
  await cp(join(folder, 'cct'), join(place, 'chain'), { recursive: true });
  await rm(join(folder, 'cct'), { recursive: true });
  const argv = [...raw(), '--chain', join(place, 'chain'), '--for', 'conda,mamba'];
  const { status, document } = await importing(folder, ...argv);
  assert.equal(status, 0, JSON.stringify(document));
  assert.deepEqual(await filesOf(join(folder, 'cct')), await filesOf(join(place, 'chain')));
  assert.ok(document.roles.some(({ name }: { name: string }) => name === 'mamba/root'));
  assert.equal((await run(folder, 'sign', folder)).status, 0);
});

test('a chain that is no good, and keys of others, are refused, and nothing is written', async () => {
  const folder = await cctChannel('refused');
  await writeKeys(join(place, 'strange'), ['stranger', 'root-1', 'root-2', 'key_mgr']);
  const expired = await cctChannel('expired', NOW - 1000);
  const broken = await cctChannel('broken');
  const keyMgr = join(broken, 'cct/key_mgr.json');
  await writeFile(keyMgr, (await readFile(keyMgr, 'utf8')).replace('"threshold": 1', '"threshold": 2'));
  const gap = await cctChannel('gap');
  await rm(join(gap, 'cct/1.root.json'));
  await writeFile(join(place, 'no-key'), 'no key');
  const stranger = join(place, 'strange/stranger.pri');
  const cases: [folder: string, argv: string[], status: number, code: string][] = [
    [expired, raw(), 1, 'expired'],
    [broken, raw(), 1, 'bad-signature'],
    [gap, raw(), 1, 'missing'],
    [folder, [], 2, 'key-missing'],
    [folder, ['--raw-keys', join(place, 'strange')], 2, 'key-missing'],
    [folder, ['--pkg-mgr-key', stranger], 2, 'usage'],
    [folder, ['--root-key', join(place, 'raw/pkg_mgr.pri')], 2, 'usage'],
    [folder, ['--pkg-mgr-key', join(place, 'no-key')], 2, 'usage'],
    [folder, [...raw(), '--for', 'mamba'], 2, 'usage'],
  ];
  for (const [channel, argv, status, code] of cases) {
    const before = await readdir(channel);
    const refused = await importing(channel, ...argv);
    assert.deepEqual([refused.status, refused.document.code], [status, code], refused.stdout);
    assert.deepEqual(await readdir(channel), before);
    await assert.rejects(readdir(`${channel}-keys`), { code: 'ENOENT' });
  }
  assert.equal((await importing(folder, ...raw())).status, 0);
  const again = await importing(folder, ...raw());
  assert.deepEqual([again.status, again.document.code], [2, 'already-initialised']);
});
