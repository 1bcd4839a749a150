import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { ChannelServer, seededSigner, signText, TufRepository, tufTestEnv } from '@antivenom/testkit';
import { EarlierPublications } from '../channel/earlier-publications.ts';
import { createFetcher } from '../downloads/fetcher.ts';
import { DEFAULT_DOWNLOAD_LIMITS } from '../downloads/limits.ts';
import { RedactedUrl } from '../downloads/redacted-url.ts';
import { AuthorityStore } from '../trust/authority-store.ts';
import { MetadataSource } from './metadata-source.ts';
import { TufAuthority } from './tuf-authority.ts';

const NOW = Date.UTC(2026, 0, 12);
const INDEX = 'noarch/repodata.json';

let base: string;
let repository: TufRepository;
let server: ChannelServer;
let root: { version: number; sha256: string };
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-tuf-'));
  repository = new TufRepository(NOW);
  repository.root.expires = NOW + 10 * 86_400_000;
  repository.delegate('targets', 'index', ['*/repodata.json']).files.set(INDEX, new Uint8Array([1]));
  const first = await repository.rootFile();
  root = { version: 1, sha256: createHash('sha256').update(first).digest('hex') };
  await put(join(base, 'store', '1.root.json'), first);
  server = await ChannelServer.start(join(base, 'served'));
  await publish();
});
afterEach(async () => {
  await server.close();
  await rm(base, { recursive: true, force: true });
});

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** Writes all files of the repository as they are now, over those that are served. */
async function publish(): Promise<void> {
  const { targets, snapshot } = repository;
  const served = (name: string, bytes: Uint8Array) => put(join(base, 'served', name), bytes);
  await served(`${repository.root.version}.root.json`, await repository.rootFile());
  await served('timestamp.json', await repository.timestampFile());
  await served(`${snapshot.version}.snapshot.json`, await repository.snapshotFile());
  for (const [name, role] of targets) await served(`${role.version}.${name}.json`, await repository.targetsFile(name));
}

/** The next version of everything online. */
async function publishNext(): Promise<void> {
  const index = repository.targetsRole('index');
  for (const role of [index, repository.snapshot, repository.timestamp]) role.version++;
  index.files.set(INDEX, new Uint8Array([index.version]));
  await publish();
}

function refresh(now = NOW, { lockWaitMs = 5000, readOnly = false } = {}): Promise<TufAuthority> {
  const store = new AuthorityStore(join(base, 'store'), server.url, root, readOnly);
  const fetcher = createFetcher({
    limits: { ...DEFAULT_DOWNLOAD_LIMITS, attempts: 1 },
    environment: {},
    progress: NO_PROGRESS,
    now: () => performance.now(),
    sleep: async () => {},
    random: () => 0,
    userAgent: 'antivenom/test',
  });
  return TufAuthority.refresh(
    store,
    new MetadataSource(fetcher, RedactedUrl.parse(server.url)),
    tufTestEnv(now),
    lockWaitMs,
  );
}

async function stored(): Promise<Map<string, string>> {
  const names = (await readdir(join(base, 'store'))).filter((name) => name !== 'lock').sort();
  const hash = async (name: string) =>
    createHash('sha256')
      .update(await readFile(join(base, 'store', name)))
      .digest('hex');
  return new Map(await Promise.all(names.map(async (name) => [name, await hash(name)] as const)));
}

test('stores what was accepted, verbatim, and asks only for what has changed', async () => {
  const authority = await refresh();
  assert.equal((await authority.find(INDEX))?.length, 1);
  assert.equal(await authority.find('noarch/other.json'), undefined);
  assert.deepEqual(
    [...(await stored()).keys()],
    ['1.root.json', 'index.json', 'memory.json', 'snapshot.json', 'targets.json', 'timestamp.json'],
  );
  assert.deepEqual(
    await readFile(join(base, 'store', 'index.json')),
    await readFile(join(base, 'served', '1.index.json')),
  );
  server.requests.length = 0;
  await (await refresh()).find(INDEX);
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/2.root.json', '/timestamp.json'],
  );
});

test('follows roots one by one, and keeps each of them', async () => {
  await refresh();
  for (const version of [2, 3]) {
    repository.previousRootSigners = repository.root.signers;
    repository.root.signers = [seededSigner(`root-${version}`)];
    repository.root.version = version;
    await publish();
  }
  const authority = await refresh();
  assert.equal(authority.trusted.root.version, 3);
  assert.ok((await stored()).has('2.root.json'));
  assert.ok((await stored()).has('3.root.json'));
  // 403 is how object stores say that something is not there.
  server.answer('/4.root.json', { status: 403 });
  assert.equal((await refresh()).trusted.root.version, 3);
});

test('a thief who ran the versions up does not hold back the owner who rotates the keys', async () => {
  repository.timestamp.version = 1_000_000;
  repository.snapshot.version = 1_000_000;
  await publish();
  await refresh();
  repository.root.version = 2;
  Object.assign(repository.timestamp, { version: 2, signers: [seededSigner('new timestamp')] });
  Object.assign(repository.snapshot, { version: 2, signers: [seededSigner('new snapshot')] });
  await publish();
  // So it is in a check that remembers nothing.
  const before = await stored();
  assert.equal((await refresh(NOW, { readOnly: true })).trusted.timestamp?.version, 2);
  assert.deepEqual(await stored(), before);
  const authority = await refresh();
  assert.equal(authority.trusted.timestamp?.version, 2);
  // From now on the new keys are held to what they signed.
  repository.timestamp.version = 1;
  await publish();
  await assert.rejects(refresh(), { code: 'rollback' });
});

test('a rotation of long ago does not make an older timestamp acceptable', async () => {
  repository.root.version = 2;
  repository.timestamp.signers = [seededSigner('new timestamp')];
  repository.timestamp.version = 5;
  await publish();
  await refresh();
  await refresh();
  repository.timestamp.version = 4;
  await publish();
  await assert.rejects(refresh(), { code: 'rollback', message: /version 4; version 5 was accepted before/ });
});

test('refuses older and missing files, and what it stored stays as it was', async () => {
  await publishNext();
  await (await refresh()).find(INDEX);
  const before = await stored();
  const old = await readFile(join(base, 'served', 'timestamp.json'));
  repository.timestamp.version = 1;
  await publish();
  await assert.rejects(refresh(), { code: 'rollback' });
  await put(join(base, 'served', 'timestamp.json'), old);
  server.answer('/timestamp.json', { status: 404 });
  await assert.rejects(refresh(), { code: 'missing' });
  server.answer('/timestamp.json', { body: '<html>' });
  await assert.rejects(refresh(), { code: 'malformed' });
  assert.deepEqual(await stored(), before);
  server.answer('/timestamp.json', undefined);
  await refresh();
});

test('a server that does not answer tells nothing while what is stored is good, and is refused once it has expired', async () => {
  await assert.rejects(
    (async () => {
      server.answer('/timestamp.json', { status: 503 });
      return refresh();
    })(),
    { code: 'unreachable', exitStatus: 3 },
  );
  server.answer('/timestamp.json', undefined);
  await refresh();
  const before = await stored();
  server.answer('/timestamp.json', { status: 503 });
  await assert.rejects(refresh(NOW + 3_600_000), { code: 'unreachable' });
  await assert.rejects(refresh(NOW + 2 * 86_400_000), { code: 'expired', message: /no newer one can be had/ });
  assert.deepEqual(await stored(), before);
});

test('damaged metadata in the store is fetched anew, a damaged root is named with the way out', async () => {
  await (await refresh()).find(INDEX);
  const before = await stored();
  for (const name of ['timestamp.json', 'snapshot.json', 'targets.json', 'index.json']) {
    await writeFile(join(base, 'store', name), '{"half": "writ');
    await (await refresh()).find(INDEX);
    assert.deepEqual(await stored(), before, name);
  }
  await writeFile(join(base, 'store', 'timestamp.json'), await readFile(join(base, 'store', 'snapshot.json')));
  await refresh();
  assert.deepEqual(await stored(), before);
  await writeFile(join(base, 'store', '2.root.json'), '{}');
  await assert.rejects(refresh(), { code: 'store-corrupt', message: /2\.root\.json/, hint: /trust remove/ });
  await rm(join(base, 'store', '2.root.json'));
  await writeFile(join(base, 'store', '1.root.json'), await readFile(join(base, 'store', 'targets.json')));
  await assert.rejects(refresh(), { code: 'store-corrupt', message: /not the root that was trusted/ });
});

test('a role that the snapshot names and nobody serves is missing', async () => {
  server.answer('/1.index.json', { status: 404 });
  const authority = await refresh();
  await assert.rejects(authority.find(INDEX), { code: 'missing', message: /1\.index\.json/ });
});

test('recognises what an earlier publication listed, and takes no stranger for one', async () => {
  await publishNext();
  const forged = await signText('{"_type":"targets"}', repository.targetsRole('index').signers);
  await publishNext();
  // What was renewed in between goes before the publication that it renewed.
  await rm(join(base, 'served', '2.snapshot.json'));
  const authority = await refresh();
  await authority.find(INDEX);
  const role = authority.loaded[1]!;
  assert.equal(role.role, 'index');
  assert.equal(await authority.earlierSnapshot(2), undefined);
  assert.equal(await authority.earlierSnapshot(3), undefined, 'it is no earlier one');
  const meta = (await authority.earlierSnapshot(1))?.get('index.json');
  assert.equal((await authority.earlierTargets(role, meta!))?.get(INDEX)?.length, 1);
  const one = createHash('sha256')
    .update(new Uint8Array([1]))
    .digest('hex');
  assert.equal(await new EarlierPublications([authority]).listed(INDEX, one), true);
  for (const body of [forged, await readFile(join(base, 'served', '2.index.json'))]) {
    server.answer('/1.index.json', { body });
    assert.equal(await authority.earlierTargets(role, meta!), undefined);
    assert.equal(await new EarlierPublications([authority]).listed(INDEX, one), false);
  }
});

test('two processes refresh at once', async () => {
  const [one, other] = await Promise.all([refresh(), refresh()]);
  assert.equal(one.trusted.timestamp?.version, other.trusted.timestamp?.version);
});

test('a role is loaded under the lock, so that no other process takes its half-written file for a leftover', async () => {
  const authority = await refresh(NOW, { lockWaitMs: 0 });
  const other = new AuthorityStore(join(base, 'store'), server.url, root, false);
  await other.locked(0, () => assert.rejects(authority.find(INDEX), { code: 'locked' }));
  assert.equal((await authority.find(INDEX))?.length, 1);
});

test('another timestamp of the same version is neither taken nor stored', async () => {
  await refresh();
  const before = await stored();
  repository.timestamp.expires -= 1000;
  await publish();
  await refresh();
  assert.deepEqual(await stored(), before);
});

test('reads no more than the limits of the roles, whatever a stolen key states of their length', async () => {
  const { signed } = JSON.parse(Buffer.from(await repository.timestampFile()).toString());
  signed.meta['snapshot.json'].length = 1e12;
  const timestamp = await signText(JSON.stringify(signed), repository.timestamp.signers);
  await put(join(base, 'served', 'timestamp.json'), timestamp);
  server.answer('/1.snapshot.json', { endless: true });
  await assert.rejects(refresh(), { code: 'length-mismatch', message: /longer than the 1000000 bytes/ });
});

test('what is stored has expired also where that is a delegated role alone', async () => {
  const now = NOW + 2 * 86_400_000;
  for (const role of [repository.timestamp, repository.snapshot, repository.targetsRole('targets')]) {
    role.expires = NOW + 10 * 86_400_000;
  }
  await publish();
  await (await refresh()).find(INDEX);
  server.answer('/timestamp.json', { status: 503 });
  await assert.rejects(refresh(now), { code: 'expired', message: /index\.json/ });
});

test('hands on every file that it accepted, as it came, also where nothing is stored or all of it was stored before', async () => {
  repository.root.version = 2;
  await publish();
  for (const readOnly of [true, false, false]) {
    const authority = await refresh(NOW, { readOnly });
    await authority.find(INDEX);
    const published = authority.published();
    const names = ['1.index.json', '1.root.json', '1.snapshot.json', '1.targets.json', '2.root.json', 'timestamp.json'];
    assert.deepEqual([...published.keys()].sort(), names);
    for (const [name, bytes] of published) {
      assert.deepEqual(Buffer.from(bytes), await readFile(join(base, 'served', name)), name);
    }
    assert.equal(authority.expires, authority.trusted.timestamp?.expires);
  }
});

test('a team of packages alone ends none of the channel with its expiry; one that signs indexes does', async () => {
  const soon = NOW + 3_600_000;
  for (const [paths, expires] of [
    [['*/foo-*'], NOW + 86_400_000],
    [['linux-64/*.json'], soon],
  ] as const) {
    const team = repository.delegate('targets', `team-${paths[0].length}`, [...paths], true);
    team.expires = soon;
    for (const role of [repository.targetsRole('targets'), repository.snapshot, repository.timestamp]) role.version++;
    await publish();
    const authority = await refresh();
    await authority.find(INDEX);
    await authority.delegated(`team-${paths[0].length}`);
    assert.equal(authority.expires, expires, paths[0]);
    server.answer('/timestamp.json', { status: 503 });
    await assert.rejects(refresh(soon), { code: expires === soon ? 'expired' : 'unreachable' });
    server.answer('/timestamp.json', undefined);
  }
});
