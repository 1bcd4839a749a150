import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { binName, binOfPath, type JsonValue } from '@antivenom/core';
import { NO_PROGRESS, nodeCrypto } from '@antivenom/node';
import { loadKeys } from '@antivenom/signers';
import { type ChannelPackage, fetchTarget, readChannel, SeededRandom, writeChannel } from '@antivenom/testkit';
import { readOwnMetadata } from './channel/own-metadata.ts';
import { hashBins } from './hash-bins.ts';
import { initChannel } from './init.ts';
import type { AllKeysOptions, PublisherEnv } from './operations.ts';
import { signEdition } from './publication/edition.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { revokeKey } from './revoke.ts';
import { signDelegated } from './roles/delegated-signing.ts';
import { rotateRole } from './rotate.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};

let base: string;
let channel: string;
let options: AllKeysOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-bins-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
});
afterEach(() => rm(base, { recursive: true, force: true }));

const SUBDIRS = ['linux-64', 'noarch'];
const init = (hashBins?: number) => {
  const ceremony = { scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda'] } as const;
  return initChannel(channel, { ...options, ...ceremony, ...(hashBins && { hashBins }) }, at(0));
};

/** Packages by number; of each the version that is given. */
function packages(versions: ReadonlyMap<number, number>): ChannelPackage[] {
  return [...versions].map(([number, version]) => ({
    name: `p${number}`,
    version: '1.0',
    subdir: SUBDIRS[number % 2] ?? '',
    files: { data: `version ${version}` },
    formats: [number % 3 === 0 ? ('tar.bz2' as const) : ('conda' as const)],
  }));
}

/** Replaces all packages of the channel as an indexer would. */
async function index(versions: ReadonlyMap<number, number>): Promise<void> {
  for (const subdir of SUBDIRS) {
    const names = await readdir(join(channel, subdir)).catch(() => []);
    for (const name of names) if (/\.(conda|bz2)$/.test(name)) await rm(join(channel, subdir, name));
  }
  await writeChannel(channel, { seed: 1, subdirs: SUBDIRS, packages: packages(versions) });
}

const some = (count: number) => new Map(Array.from({ length: count }, (_, number) => [number, 1] as const));

/** Versions in file names, by bin, of what stands in the folder. */
async function binFiles(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const name of await readdir(join(channel, 'tuf'))) {
    const [, version, bin = ''] = /^(\d+)\.(bin-[0-9a-f]+)\.json$/.exec(name) ?? [];
    if (version !== undefined)
      found.set(
        bin,
        [...(found.get(bin) ?? []), Number(version)].sort((a, b) => a - b),
      );
  }
  return found;
}

/** What each bin lists, as it stands in the newest snapshot, without a look at signatures. */
async function listing(): Promise<unknown> {
  const { trusted } = await readChannel(channel, { now: START });
  const bins: Record<string, unknown> = {};
  for (const [file, { version }] of trusted.snapshot?.meta ?? []) {
    if (!file.startsWith('bin-')) continue;
    bins[file] = JSON.parse(await readFile(join(channel, 'tuf', `${version}.${file}`), 'utf8')).signed.targets;
  }
  return bins;
}

/** Fetches every package that an index of the channel lists, as a client of TUF does. */
async function fetchAll(day: number): Promise<number> {
  const { trusted, files } = await readChannel(channel, { now: START + day * DAY });
  let fetched = 0;
  for (const subdir of SUBDIRS) {
    const repodata = JSON.parse(Buffer.from(files.get(`${subdir}/repodata.json`) ?? []).toString());
    for (const file of Object.keys({ ...repodata.packages, ...repodata['packages.conda'] })) {
      const path = `${subdir}/${file}`;
      const target = await fetchTarget(channel, trusted, path);
      assert.deepEqual(target?.roles.slice(0, 2), ['targets', 'bins']);
      assert.deepEqual(Buffer.from(target?.bytes ?? []), await readFile(join(channel, path)));
      fetched++;
    }
  }
  return fetched;
}

const linked = async () =>
  (await Promise.all(SUBDIRS.map((subdir) => readdir(join(channel, 'tuf/targets', subdir)).catch(() => []))))
    .flat()
    .filter((name) => /\.(conda|tar\.bz2)$/.test(name)).length;

test('every package of a channel becomes a target, found by its hash bin, under its hash', async () => {
  await index(some(9));
  await init();
  await signChannel(channel, options, at(0));
  const made = await hashBins(channel, { ...options, bins: 4 }, at(0));
  assert.deepEqual([made.published, made.bins, made.packages, made.newKeys.length], [true, 4, 9, 1]);
  assert.equal(await fetchAll(0), 9);
  assert.equal(await linked(), 9);
  const { trusted } = await readChannel(channel, { now: START });
  assert.equal(await fetchTarget(channel, trusted, 'noarch/p99-1.0-0.conda'), undefined);
});

test('a channel that begins with hash bins has them from its first signing on', async () => {
  await index(some(6));
  await init(8);
  assert.equal((await binFiles()).size, 8);
  const { warnings } = await signChannel(channel, options, at(0));
  assert.deepEqual(warnings, []);
  assert.equal(await fetchAll(0), 6);
});

test('without a number there is one bin for some 200 packages, and two at least', async () => {
  await index(some(2));
  await init();
  await signChannel(channel, options, at(0));
  assert.equal((await hashBins(channel, options, at(0))).bins, 2);
});

for (const bins of [0, 1, 3, 100, 2 ** 17, 2.5]) {
  test(`there are no ${bins} hash bins`, async () => {
    await index(some(1));
    await assert.rejects(init(bins || -1), { code: 'usage' });
    await init();
    await assert.rejects(hashBins(channel, { ...options, bins: bins || -1 }, at(0)), { code: 'usage' });
  });
}

describe('a channel of 12 packages in 16 bins', () => {
  const versions = some(12);
  beforeEach(async () => {
    await index(versions);
    await init(16);
    await signChannel(channel, options, at(0));
  });

  test('what changes rewrites its bins alone, and a signing without a change none', async () => {
    const before = await binFiles();
    assert.equal((await signChannel(channel, options, at(0.1))).published, false);
    const changed = new Map([...versions, [0, 2], [12, 1]]);
    changed.delete(1);
    await index(changed);
    const paths = ['linux-64/p0-1.0-0.tar.bz2', 'linux-64/p12-1.0-0.tar.bz2', 'noarch/p1-1.0-0.conda'];
    const binning = { namePrefix: 'bin', bitLength: 4 };
    const touched = new Set(paths.map((path) => binName(binOfPath(path, binning, nodeCrypto), binning)));
    await signChannel(channel, options, at(0.2));
    for (const [bin, now] of await binFiles()) {
      const earlier = before.get(bin) ?? [];
      const newest = (earlier.at(-1) ?? 0) + 1;
      assert.deepEqual(now, touched.has(bin) ? [...earlier, Math.max(newest, 3)] : earlier, bin);
    }
    assert.equal(await fetchAll(0.2), 12);
  });

  test('records that change beside hash and size rewrite no bin', async () => {
    const file = join(channel, 'noarch/repodata.json');
    const before = await binFiles();
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"license": "', '"license": "Not-'));
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"build_number": 0', '"build_number":  0'));
    assert.equal((await signChannel(channel, options, at(0.1))).published, true);
    assert.deepEqual(await binFiles(), before);
  });

  test('a subdir that leaves the channel leaves the bins', async () => {
    await rm(join(channel, 'noarch'), { recursive: true });
    await signChannel(channel, options, at(0.1));
    assert.doesNotMatch(JSON.stringify(await listing()), /noarch/);
  });

  test('a subdir that is signed alone leaves the packages of the others as they are', async () => {
    await index(some(13));
    await signChannel(channel, { ...options, subdirs: ['linux-64'] }, at(0.1));
    const text = JSON.stringify(await listing());
    assert.equal(text.match(/noarch\//g)?.length, 6);
    assert.equal(text.match(/linux-64\//g)?.length, 7);
  });

  test('old versions and links of packages go when nobody can come for them any more', async () => {
    for (const [day, changed] of [1, 2, 3, 4].map((day) => [day, new Map([...versions, [0, day + 1]])] as const)) {
      await index(changed);
      await signChannel(channel, options, at(day));
    }
    await index(new Map([...versions, [0, 9]]));
    await signChannel(channel, { ...options, keep: { versions: 2 } }, at(8));
    const counts = [...(await binFiles()).values()].map((found) => found.length);
    assert.ok(Math.max(...counts) <= 3, `${counts}`);
    // The two newest publications, and the one that the newer of them replaced less than a day ago: none.
    assert.equal(await linked(), 13);
    assert.equal(await fetchAll(8), 12);
  });

  test('what a killed run left unnamed goes with the next change of a bin', async () => {
    const place = join(channel, 'tuf/targets/noarch', `${'ab'.repeat(32)}.gone-1.0-0.conda`);
    await writeFile(place, 'linked');
    const targets = {
      'noarch/gone-1.0-0.conda': { length: 6, hashes: { sha256: 'ab'.repeat(32) } },
    };
    const left = { _type: 'targets', spec_version: '1.0.34', version: 9, expires: '2026-02-01T00:00:00Z', targets };
    await writeFile(join(channel, 'tuf/9.bin-0.json'), JSON.stringify({ signatures: [], signed: left }));
    await index(some(13));
    await signChannel(channel, options, at(0.1));
    assert.ok((await binFiles()).get('bin-0')?.every((version) => version < 9));
    await assert.rejects(stat(place), { code: 'ENOENT' });
    assert.equal(await fetchAll(0.1), 13);
  });

  test('bins are renewed in batches, and none expires under a daily refresh', async () => {
    const most: number[] = [];
    for (let day = 1; day <= 75; day++) {
      const before = await binFiles();
      await refreshChannel(channel, options, at(day));
      const after = await binFiles();
      most.push([...after].filter(([bin, found]) => found.at(-1) !== before.get(bin)?.at(-1)).length);
      if (day % 5 > 0) continue;
      const { roles, problems } = await channelStatus(channel, at(day));
      const bins = roles.find(({ name }) => name === 'bins');
      assert.ok((bins?.daysLeft ?? 0) > 20, `day ${day}: ${bins?.daysLeft}`);
      assert.deepEqual(problems, []);
    }
    assert.ok(most.reduce((sum, count) => sum + count) >= 16);
    assert.ok(Math.max(...most) <= 1, `${most}`);
  });

  test('a refresh that comes late renews all that is urgent, and status tells of what expired', async () => {
    const { roles, problems } = await channelStatus(channel, at(91));
    assert.equal(roles.find(({ name }) => name === 'bins')?.bins, 16);
    assert.ok(problems.some(({ kind, about }) => kind === 'expired' && about === 'bins'));
    const { renewed } = await refreshChannel(channel, options, at(91));
    assert.ok(renewed.includes('bins'));
    assert.equal(await fetchAll(91), 12);
  });

  test('a renewal of the offline roles takes due bins along', async () => {
    await renewChannel(channel, options, at(60));
    const renewed = [...(await binFiles()).values()].filter((found) => found.at(-1) === 3).length;
    assert.equal(renewed, 1);
    assert.equal(await fetchAll(60), 12);
  });

  test('with new keys all bins are signed anew, and clients follow', async () => {
    const { newKeys, retired } = await rotateRole(channel, 'bins', options, at(1));
    assert.deepEqual([newKeys.length, retired], [1, ['online/retired/bins-1.json']]);
    assert.equal(await fetchAll(1), 12);
    await index(some(13));
    await signChannel(channel, options, at(1.1));
    assert.equal(await fetchAll(1.1), 13);
  });

  test('the only key of the bins is not revoked, and one of two is', async () => {
    await rotateRole(channel, 'bins', { ...options, roleKeys: { keys: 2, threshold: 1 } }, at(1));
    const { roles } = await channelStatus(channel, at(1));
    const [key = '', other = ''] = roles.find(({ name }) => name === 'bins')?.keys ?? [];
    await revokeKey(channel, { ...options, key }, at(1.1));
    assert.equal(await fetchAll(1.1), 12);
    await assert.rejects(revokeKey(channel, { ...options, key: other }, at(1.2)), { code: 'usage' });
  });

  test('bins can be built anew, also another number of them, without an offline key', async () => {
    const online = { ...options, offlinePassphrase: () => assert.fail('an offline key was opened') };
    const before = await listing();
    await hashBins(channel, online, at(0.1));
    assert.deepEqual(await listing(), before);
    for (const bins of [4, 256, 16]) {
      assert.equal((await hashBins(channel, { ...online, bins }, at(0.2))).bins, bins);
      assert.equal(await fetchAll(0.2), 12);
    }
    await index(some(14));
    await signChannel(channel, options, at(0.3));
    assert.equal(await fetchAll(0.3), 14);
  });

  test('nothing is signed over a bin that is damaged, and building the bins anew mends it', async () => {
    const binning = { namePrefix: 'bin', bitLength: 4 };
    const name = binName(binOfPath('linux-64/p0-1.0-0.tar.bz2', binning, nodeCrypto), binning);
    const version = (await binFiles()).get(name)?.at(-1);
    const file = join(channel, `tuf/${version}.${name}.json`);
    await rm(file);
    const { problems } = await channelStatus(channel, at(0.1));
    assert.deepEqual(
      problems.map(({ kind, about }) => [kind, about]),
      [['damaged', 'bins']],
    );
    await writeFile(file, '{}');
    await index(new Map([...versions, [0, 2]]));
    const timestamp = await readFile(join(channel, 'tuf/timestamp.json'));
    await assert.rejects(signChannel(channel, options, at(0.1)), { code: 'store-corrupt' });
    assert.deepEqual(await readFile(join(channel, 'tuf/timestamp.json')), timestamp);
    await hashBins(channel, options, at(0.2));
    await signChannel(channel, options, at(0.3));
    assert.equal(await fetchAll(0.3), 12);
  });

  test('a published folder of its own gets the packages as links', async () => {
    const out = join(base, 'published');
    await signChannel(channel, { ...options, out }, at(0.1));
    channel = out;
    assert.equal(await fetchAll(0.1), 12);
  });

  test('a package that is not there is listed, and told', async () => {
    await index(some(13));
    await rm(join(channel, 'linux-64/p12-1.0-0.tar.bz2'));
    const { warnings } = await signChannel(channel, options, at(0.1));
    assert.deepEqual(
      warnings.map(({ kind, about }) => [kind, about]),
      [['missing', 'linux-64/p12-1.0-0.tar.bz2']],
    );
    assert.match(JSON.stringify(await listing()), /p12-1\.0-0/);
  });
});

test('no index is signed without the bins that list its packages', async () => {
  await index(some(3));
  await init(2);
  await signChannel(channel, options, at(0));
  const own = await readOwnMetadata(channel, options.keys);
  const keys = await loadKeys(join(options.keys, 'online'), 'online');
  const sign = async (members: Record<string, JsonValue>) => {
    const role = await signDelegated(own, 'index', members, keys, START);
    return signEdition(own, { roles: [role] }, keys, START);
  };
  await assert.rejects(sign({ targets: new Map() }), /without the hash bins/);
  assert.equal((await sign({})).length, 3);
});

test('a record without a size is in no bin, and told', async () => {
  await index(some(3));
  await init(2);
  const file = join(channel, 'noarch/repodata.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/,\s*"size": \d+/, ''));
  const { warnings } = await signChannel(channel, options, at(0));
  assert.deepEqual(
    warnings.map(({ kind, about }) => [kind, about]),
    [['missing', 'bins']],
  );
  assert.doesNotMatch(JSON.stringify(await listing()), /noarch/);
});

for (const seed of [1, 2, 3]) {
  test(`a channel that was signed change by change has the bins of one that was signed at once (seed ${seed})`, async () => {
    const random = new SeededRandom(`bins ${seed}`);
    const versions = new Map<number, number>();
    await index(versions);
    await init(8);
    for (let step = 1; step <= 6; step++) {
      for (let change = 0; change < 5; change++) {
        const number = random.below(20);
        if (random.onceIn(3)) versions.delete(number);
        else versions.set(number, random.below(3));
      }
      await index(versions);
      await signChannel(channel, options, at(step / 10));
      assert.equal(await fetchAll(step / 10), versions.size);
    }
    const gradual = await listing();
    await hashBins(channel, options, at(1));
    assert.deepEqual(await listing(), gradual);
  });
}
