import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type ContentTrustError,
  readShard,
  readShardIndex,
  readYankList,
  shardFileName,
  YANK_LISTS,
} from '@antivenom/core';
import { NO_PROGRESS, nodeCrypto, nodeDecompression } from '@antivenom/node';
import {
  checkCctRecords,
  fetchTarget,
  readChannel,
  takeYankListsAway,
  type WrittenPackage,
  writeChannel,
} from '@antivenom/testkit';
import { readOwnMetadata } from './channel/own-metadata.ts';
import { factsOfTarget, readTarget } from './channel/published-targets.ts';
import { changeExpiry } from './expiry.ts';
import { hashBins } from './hash-bins.ts';
import { initChannel } from './init.ts';
import type { AllKeysOptions, PublisherEnv } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { rotateRole } from './rotate.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';
import { unyankFile } from './unyank.ts';
import { yankFile } from './yank.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const LIMITS = { maxBytes: 2 ** 24, maxDepth: 32 };
const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const PLAN = {
  seed: 'yank',
  subdirs: ['linux-64', 'noarch'],
  packages: 3,
  forms: { zst: true, bz2: true, currentRepodata: true, shards: true },
};

let base: string;
let channel: string;
let options: AllKeysOptions;
let packages: readonly WrittenPackage[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-yank-'));
  channel = join(base, 'channel');
  const passphrase = async () => 'one for all';
  options = { keys: join(base, 'keys'), onlinePassphrase: passphrase, offlinePassphrase: passphrase };
  packages = await writeChannel(channel, PLAN);
  await initChannel(channel, { ...options, scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda', 'mamba'] }, at(0));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const online = () => ({ keys: options.keys, onlinePassphrase: options.onlinePassphrase });
const yank = (file: string, day: number, reason = 'steals credentials') =>
  yankFile(channel, file, { ...online(), reason }, at(day));
const pathOf = ({ subdir, file }: WrittenPackage) => `${subdir}/${file}`;

function aPackage(): WrittenPackage {
  const [found] = packages;
  assert.ok(found);
  return found;
}

/** The names that every form of a subdir's index lists, and what they say was taken out. */
async function listed(folder: string, subdir: string) {
  const own = await readOwnMetadata(folder);
  const read = async (name: string) => {
    const target = own.index.targets.get(`${subdir}/${name}`);
    assert.ok(target, name);
    return readTarget(folder, factsOfTarget(target));
  };
  const repodata = JSON.parse(Buffer.from(await read('repodata.json')).toString());
  const namesIn = (index: { packages: object; 'packages.conda': object }) =>
    [...Object.keys(index.packages), ...Object.keys(index['packages.conda'])].sort();
  const zst = nodeDecompression.zstdSync(await read('repodata.json.zst'), LIMITS.maxBytes);
  assert.deepEqual(JSON.parse(Buffer.from(zst).toString()), repodata);
  const current = namesIn(JSON.parse(Buffer.from(await read('current_repodata.json')).toString()));
  assert.ok(current.every((name) => namesIn(repodata).includes(name)));
  const index = readShardIndex(
    nodeDecompression.zstdSync(await read('repodata_shards.msgpack.zst'), LIMITS.maxBytes),
    LIMITS,
  );
  const shards: string[] = [];
  for (const [name, sha256] of index.shards) {
    const reading = {
      crypto: nodeCrypto,
      decompression: nodeDecompression,
      maxLength: LIMITS.maxBytes,
      limits: LIMITS,
    };
    const shard = readShard(await readFile(join(folder, subdir, shardFileName(sha256))), name, sha256, reading);
    shards.push(...shard.records.map(({ file }) => file));
  }
  assert.deepEqual(shards.sort(), namesIn(repodata));
  return { names: namesIn(repodata), removed: repodata.removed ?? [], signed: Object.keys(repodata.signatures).sort() };
}

/** How many entries each list has: those of the online role, of the offline one, and those that count no more. */
async function lists(folder = channel): Promise<number[]> {
  const own = await readOwnMetadata(folder);
  const counts = [];
  for (const path of YANK_LISTS) {
    const target = own.delegated.get('yank')?.targets.get(path) ?? own.targets.targets.get(path);
    assert.ok(target, path);
    counts.push(readYankList(path, await readTarget(folder, factsOfTarget(target)), LIMITS).length);
  }
  return counts;
}

async function refuses(work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(work, (error: ContentTrustError) => {
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.hint);
    return true;
  });
}

for (const place of ['in place', 'elsewhere']) {
  test(`a yanked file leaves every form of the index, and comes back when it is unyanked, published ${place}`, async () => {
    const published = place === 'in place' ? channel : join(base, 'published');
    await signChannel(channel, { ...online(), ...(place === 'in place' ? {} : { out: published }) }, at(0));
    const bad = aPackage();
    const before = await listed(published, bad.subdir);
    const { published: isPublished, yanked, warnings } = await yank(pathOf(bad), 1);
    assert.deepEqual([isPublished, warnings], [true, []]);
    assert.equal(yanked[0]?.sha256, bad.sha256);
    const after = await listed(published, bad.subdir);
    assert.deepEqual(
      after.names,
      before.names.filter((name) => name !== bad.file),
    );
    assert.deepEqual([after.removed, after.signed], [[bad.file], after.names]);
    assert.deepEqual(await lists(published), [1, 0, 0]);
    const ordinary = JSON.parse(await readFile(join(published, bad.subdir, 'repodata.json'), 'utf8'));
    assert.equal(ordinary['packages.conda'][bad.file], undefined);
    checkCctRecords((await readChannel(published, { now: at(1).now })).files, { now: at(1).now });
    assert.deepEqual((await channelStatus(channel, at(1))).problems, []);

    // The indexer writes its index anew, with the record of a file that is still in its folder.
    await writeChannel(channel, PLAN);
    await signChannel(channel, online(), at(2));
    assert.deepEqual(await listed(published, bad.subdir), after);
    assert.equal((await signChannel(channel, online(), at(2))).published, false);

    await unyankFile(channel, pathOf(bad), options, at(3));
    assert.deepEqual(await lists(published), [0, 1, 1]);
    const back = await listed(published, bad.subdir);
    assert.deepEqual([back.names, back.signed, back.removed], [before.names, before.signed, []]);
    assert.equal(
      checkCctRecords((await readChannel(published, { now: at(3).now })).files, { now: at(3).now }),
      packages.length,
    );
    await signChannel(channel, online(), at(3));
    assert.deepEqual((await listed(published, bad.subdir)).names, before.names);
    assert.deepEqual((await channelStatus(channel, at(3))).problems, []);

    await yank(pathOf(bad), 3, 'once more');
    assert.deepEqual(await lists(published), [1, 1, 1]);
    assert.deepEqual((await listed(published, bad.subdir)).names, after.names);
  });
}

test('what is yanked is yanked under every name that it is given', async () => {
  await signChannel(channel, online(), at(0));
  const bad = aPackage();
  await yank(pathOf(bad), 1);
  const path = join(channel, 'noarch', 'repodata.json');
  const index = JSON.parse(await readFile(path, 'utf8'));
  const record = { ...bad.record, name: 'harmless', subdir: 'noarch' };
  const { version, build } = bad.record;
  index['packages.conda'][`harmless-${version}-${build}.conda`] = record;
  await writeFile(path, JSON.stringify(index));
  await signChannel(channel, online(), at(1));
  const { names, removed } = await listed(channel, 'noarch');
  assert.ok(!names.some((name) => name.startsWith('harmless')));
  assert.deepEqual(removed, [`harmless-${version}-${build}.conda`]);
});

test('takes the file back from what is published, whatever the indexer is writing', async () => {
  await signChannel(channel, online(), at(0));
  const bad = aPackage();
  const path = join(channel, bad.subdir, 'repodata.json');
  await writeFile(path, '{"packages": {');
  const { warnings } = await yank(pathOf(bad), 1);
  assert.deepEqual(
    warnings.map(({ kind, about }) => [kind, about]),
    [['stale', `${bad.subdir}/repodata.json`]],
  );
  assert.ok(!(await listed(channel, bad.subdir)).names.includes(bad.file));
});

test('a yanked file leaves the hash bins in the same publication, and comes back', async () => {
  await signChannel(channel, online(), at(0));
  await hashBins(channel, { ...options, bins: 4 }, at(0));
  const bad = aPackage();
  const target = async () =>
    fetchTarget(channel, (await readChannel(channel, { now: at(1).now })).trusted, pathOf(bad));
  assert.ok(await target());
  await yank(pathOf(bad), 1);
  assert.equal(await target(), undefined);
  assert.deepEqual((await channelStatus(channel, at(1))).problems, []);
  await unyankFile(channel, pathOf(bad), options, at(1));
  assert.ok(await target());
});

test('says what cannot be yanked, and what is not yanked', async () => {
  await signChannel(channel, online(), at(0));
  const bad = aPackage();
  await refuses(yank('noarch/nothing-1.0-0.conda', 1), 'not-listed', /not in the published index/);
  await refuses(yank('elsewhere/nothing-1.0-0.conda', 1), 'not-listed', /not in the published index/);
  await refuses(yank(bad.file, 1), 'usage', /no file of a channel/);
  await refuses(yank(pathOf(bad), 1, ' '), 'usage', /needs a reason/);
  await refuses(yank(pathOf(bad), 1, 'two\nlines'), 'usage', /needs a reason/);
  await refuses(unyankFile(channel, pathOf(bad), options, at(1)), 'usage', /is not yanked/);
  await yank(pathOf(bad), 1);
  await refuses(yank(pathOf(bad), 1), 'usage', /is yanked already, since 2026-01-02: steals credentials/);
});

const OFFLINE_SIGNINGS: Readonly<Record<string, () => Promise<unknown>>> = {
  renew: () => renewChannel(channel, options, at(2)),
  rotate: () => rotateRole(channel, 'yank', options, at(2)),
  expiry: () => changeExpiry(channel, { ...options, days: new Map([['targets', 300]]) }, at(2)),
  'hash-bins': () => hashBins(channel, { ...options, bins: 2 }, at(2)),
};

for (const [command, sign] of Object.entries(OFFLINE_SIGNINGS)) {
  test(`the next ${command} with offline keys moves yanks out of the reach of online keys`, async () => {
    await signChannel(channel, online(), at(0));
    const [bad, worse] = packages;
    assert.ok(bad && worse);
    await yank(pathOf(bad), 1);
    const { yanks } = await channelStatus(channel, at(1));
    assert.deepEqual(
      yanks.files.map(({ file, reason, offline }) => [file, reason, offline]),
      [[bad.file, 'steals credentials', false]],
    );
    assert.match(
      yanks.window ?? '',
      /could hide the yank since the last offline signing, from consumers who have not seen it/,
    );
    await sign();
    assert.deepEqual(await lists(), [0, 1, 0]);
    const settled = await channelStatus(channel, at(2));
    assert.deepEqual(
      settled.yanks.files.map(({ offline }) => offline),
      [true],
    );
    assert.match(settled.yanks.window ?? '', /could hide no yank/);
    assert.deepEqual(settled.problems, []);
    await yank(pathOf(worse), 2);
    assert.deepEqual(await lists(), [1, 1, 0]);
    await refreshChannel(channel, online(), at(7));
    assert.deepEqual((await channelStatus(channel, at(7))).problems, []);
  });
}

test('lists stay as long as a reader may come for them, and then they go', async () => {
  await signChannel(channel, { ...online(), keep: { versions: 2, seconds: 86_400 } }, at(0));
  const list = async () => {
    const { delegated } = await readOwnMetadata(channel);
    const target = delegated.get('yank')?.targets.get('antivenom/yanked.json');
    assert.ok(target);
    return factsOfTarget(target);
  };
  const [first, second] = packages;
  assert.ok(first && second);
  await yank(pathOf(first), 0);
  const early = await list();
  await renewChannel(channel, options, at(2));
  await readTarget(channel, early);
  await yank(pathOf(second), 4);
  await assert.rejects(readTarget(channel, early), /is not there/);
  assert.deepEqual((await channelStatus(channel, at(4))).problems, []);
});

test('an entry that a thief signed is cancelled by the list that he served', async () => {
  await signChannel(channel, online(), at(0));
  const { subdir, file, sha256 } = aPackage();
  const entry = { subdir, file, sha256, reason: 'I say so', time: '2026-01-01T00:00:00Z' };
  await refuses(unyankFile(channel, pathOf(aPackage()), options, at(1)), 'usage', /is not yanked/);
  const other = { ...entry, file: 'other-1.0-0.conda', sha256: 'ab'.repeat(32) };
  const { yanked } = await unyankFile(channel, pathOf(aPackage()), { ...options, alsoListed: [entry, other] }, at(1));
  assert.deepEqual([yanked, await lists()], [[entry], [0, 0, 1]]);
});

for (const signing of ['renew', 'rotate'])
  test(`a channel that was made before gets the role and its empty lists by ${signing}`, async () => {
    await signChannel(channel, online(), at(0));
    await takeYankListsAway(channel, options.keys, 'one for all');
    await refuses(yank(pathOf(aPackage()), 1), 'usage', /no list of yanked files yet/);
    assert.equal((await channelStatus(channel, at(1))).yanks.window, undefined);
    if (signing === 'renew') await renewChannel(channel, options, at(1));
    else await rotateRole(channel, 'index', options, at(1));
    assert.deepEqual(await lists(), [0, 0, 0]);
    const { roles, problems } = await channelStatus(channel, at(1));
    assert.deepEqual([roles.map(({ name }) => name).slice(0, 4), problems], [['root', 'targets', 'yank', 'index'], []]);
    await yank(pathOf(aPackage()), 1);
    assert.deepEqual(await lists(), [1, 0, 0]);
  });
