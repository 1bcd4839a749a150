import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { RecordClient } from '@antivenom/core';
import { NO_PROGRESS, nodeDecompression, sha256Hex } from '@antivenom/node';
import { type ChannelPlan, writeChannel } from '@antivenom/testkit';
import { type OwnChain, readOwnChains } from './channel/own-chains.ts';
import { readOwnMetadata } from './channel/own-metadata.ts';
import { factsOfTarget, readTarget } from './channel/published-targets.ts';
import { initChannel } from './init.ts';
import type { PublisherEnv, SignOptions } from './operations.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const ALL_FORMS = { zst: true, bz2: true, currentRepodata: true, runExports: true, channeldata: true };
const PLAN: ChannelPlan = { seed: 'sign', subdirs: ['linux-64', 'noarch'], packages: 6, forms: ALL_FORMS };

let base: string;
let channel: string;
let options: SignOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-sign-'));
  channel = join(base, 'channel');
  options = { keys: join(base, 'keys'), onlinePassphrase: async () => 'online', zstdLevel: 3 };
});
afterEach(() => rm(base, { recursive: true, force: true }));

function at(now: number): PublisherEnv {
  return { now, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
}

async function makeChannel(plan: ChannelPlan = PLAN, forClients: readonly RecordClient[] = ['conda']): Promise<void> {
  await writeChannel(channel, plan);
  const offline = { offlinePassphrase: async () => 'offline', scryptCost: { n: 16, r: 1, p: 1 } };
  await initChannel(channel, { ...options, ...offline, for: forClients }, at(NOW));
}

/** Every listed target, under both of its names, is what was signed. */
async function verifyPublished(folder: string): Promise<Map<string, Uint8Array>> {
  const own = await readOwnMetadata(folder, options.keys);
  const files = new Map<string, Uint8Array>();
  for (const target of [...own.targets.targets.values(), ...own.index.targets.values()]) {
    // The lists of yanked files have no ordinary name.
    if (target.path.startsWith('antivenom/')) continue;
    const facts = factsOfTarget(target);
    files.set(target.path, await readTarget(folder, facts));
    assert.equal(sha256Hex(await readFile(join(folder, target.path))), facts.sha256, target.path);
  }
  return files;
}

function json(bytes: Uint8Array | undefined) {
  return JSON.parse(Buffer.from(bytes ?? []).toString());
}

async function edit(path: string, change: (index: ReturnType<typeof json>) => void): Promise<void> {
  const index = json(await readFile(path));
  change(index);
  await writeFile(path, JSON.stringify(index, undefined, 2));
}

/** Every file below a folder with its bytes' hash, to see what was written. */
async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.sort().map(async (file) => [file, sha256Hex(await readFile(file))] as const)));
}

test('signs every record into every form, and lists every form', async () => {
  await makeChannel();
  const result = await signChannel(channel, options, at(NOW));
  assert.equal(result.published, true);
  assert.deepEqual(result.records, {
    total: result.records.total,
    signed: result.records.total,
    reused: 0,
    withoutSubdir: 0,
    unforeseeable: {},
  });
  assert.ok(result.growth.signed > result.growth.unsigned);
  const files = await verifyPublished(channel);
  const forms = ['repodata.json', 'current_repodata.json', 'run_exports.json'].flatMap((form) => [
    form,
    `${form}.bz2`,
    `${form}.zst`,
  ]);
  assert.deepEqual(
    [...files.keys()].sort(),
    [
      'cct/1.root.json',
      'cct/key_mgr.json',
      ...['channeldata.json', 'channeldata.json.bz2', 'channeldata.json.zst'],
      ...PLAN.subdirs.flatMap((subdir) => forms.map((form) => `${subdir}/${form}`)),
    ].sort(),
  );
  const repodata = files.get('linux-64/repodata.json')!;
  const twin = nodeDecompression.zstdSync(files.get('linux-64/repodata.json.zst')!, 1e8);
  assert.deepEqual(Buffer.from(twin), Buffer.from(repodata));
  const own = await readOwnMetadata(channel);
  const [{ keyMgr }] = (await readOwnChains(own)) as [OwnChain];
  const [key] = keyMgr.pkgMgr.keys.keys();
  for (const form of [json(repodata), json(files.get('linux-64/current_repodata.json'))]) {
    const listed = [...Object.keys(form.packages), ...Object.keys(form['packages.conda'])].sort();
    assert.ok(listed.length > 0);
    assert.deepEqual(Object.keys(form.signatures), listed);
    for (const byKey of Object.values(form.signatures)) assert.deepEqual(Object.keys(byKey as object), [key]);
  }
});

test('writes nothing when nothing has changed', async () => {
  await makeChannel();
  await signChannel(channel, options, at(NOW));
  const before = await contents(channel);
  const again = await signChannel(channel, options, at(NOW + HOUR));
  assert.equal(again.published, false);
  assert.deepEqual(again.files, []);
  assert.equal(again.records.signed, 0);
  assert.equal(again.records.reused, again.records.total);
  assert.deepEqual(await contents(channel), before);
});

test('signs only what changed since the last publication, also after an indexer wrote anew', async () => {
  await makeChannel();
  const { records } = await signChannel(channel, options, at(NOW));
  // The indexer knows nothing of signatures.
  await edit(join(channel, 'linux-64', 'repodata.json'), (index) => {
    delete index.signatures;
    const [file] = Object.keys(index['packages.conda']);
    index['packages.conda'][file!].depends.push('added >=1');
  });
  const again = await signChannel(channel, options, at(NOW + HOUR));
  assert.deepEqual(again.records, { ...records, signed: 1, reused: records.total - 1 });
  await verifyPublished(channel);
  const third = await signChannel(channel, options, at(NOW + 2 * HOUR));
  assert.equal(third.published, false);
});

test('a channel without record signatures keeps the bytes of its index', async () => {
  await makeChannel(PLAN, []);
  const before = await readFile(join(channel, 'noarch', 'repodata.json'));
  const { records } = await signChannel(channel, options, at(NOW));
  assert.deepEqual([records.signed, records.reused], [0, 0]);
  assert.deepEqual(await readFile(join(channel, 'noarch', 'repodata.json')), before);
  await verifyPublished(channel);
});

test('publishes into a folder of its own, which it remembers, and leaves the source as it is', async () => {
  await makeChannel();
  const published = join(base, 'published');
  const before = await contents(join(channel, 'linux-64'));
  const result = await signChannel(channel, { ...options, out: published }, at(NOW));
  assert.equal(result.folder, published);
  assert.deepEqual(await contents(join(channel, 'linux-64')), before);
  await verifyPublished(published);
  for (const name of await readdir(join(channel, 'linux-64'))) {
    if (/\.(conda|tar\.bz2)$/.test(name)) await readFile(join(published, 'linux-64', name));
  }
  await rm(join(channel, 'linux-64', 'current_repodata.json'));
  const again = await signChannel(channel, options, at(NOW + HOUR));
  assert.equal(again.folder, published);
  assert.ok(!(await readdir(join(published, 'linux-64'))).includes('current_repodata.json'));
  await verifyPublished(published);
  assert.equal((await signChannel(channel, options, at(NOW + HOUR))).published, false);
});

test('names every record that nobody should sign, and publishes nothing', async () => {
  await makeChannel();
  await signChannel(channel, options, at(NOW));
  const files: string[] = [];
  await edit(join(channel, 'linux-64', 'repodata.json'), (index) => {
    const [noHash, misnamed] = Object.keys(index['packages.conda']);
    delete index['packages.conda'][noHash!].sha256;
    index['packages.conda'][misnamed!].version = '99';
    files.push(`linux-64/${noHash}`, `linux-64/${misnamed}`);
  });
  await edit(join(channel, 'noarch', 'repodata.json'), (index) => {
    index.info.base_url = 'https://elsewhere.example/';
  });
  const before = await contents(channel);
  await assert.rejects(
    signChannel(channel, options, at(NOW + HOUR)),
    (error: { details: { refused: { file: string; code: string }[] } }) => {
      const refused = error.details.refused.filter(({ code }) => code !== 'forms-differ');
      assert.deepEqual(
        refused.map(({ file, code }) => [file, code]),
        [
          [files[0], 'unsafe-index'],
          [files[1], 'name-mismatch'],
          ['noarch/repodata.json', 'unsafe-index'],
        ],
      );
      return true;
    },
  );
  assert.deepEqual(await contents(channel), before);
});

test('signs an index that leads to a host which is allowed', async () => {
  await makeChannel();
  await edit(join(channel, 'noarch', 'repodata.json'), (index) => {
    index.info.base_url = 'https://cdn.example/good/noarch/';
  });
  await assert.rejects(signChannel(channel, options, at(NOW)), { code: 'unsafe-index' });
  const { published } = await signChannel(channel, { ...options, allowHosts: ['cdn.example'] }, at(NOW));
  assert.equal(published, true);
});

for (const form of ['current_repodata.json', 'repodata.json.zst', 'run_exports.json.bz2']) {
  test(`refuses a ${form} that tells another story, and rebuilds it when told to`, async () => {
    await makeChannel();
    const path = join(channel, 'linux-64', form);
    const source = form.startsWith('run') ? 'run_exports.json' : 'repodata.json';
    const index = json(await readFile(join(channel, 'linux-64', source)));
    const [file] = Object.keys(index['packages.conda']);
    index['packages.conda'][file!].depends = ['evil'];
    const bytes = Buffer.from(JSON.stringify(index));
    const { compressBzip2, compressZstd } = await import('@antivenom/node');
    await writeFile(
      path,
      form.endsWith('zst') ? await compressZstd(bytes, 3) : form.endsWith('bz2') ? await compressBzip2(bytes) : bytes,
    );
    await assert.rejects(signChannel(channel, options, at(NOW)), {
      code: 'forms-differ',
      message: new RegExp(`linux-64/${form}`),
    });
    await signChannel(channel, { ...options, rebuild: true }, at(NOW));
    await verifyPublished(channel);
  });
}

test('names the form that cannot be read', async () => {
  await makeChannel();
  for (const form of ['repodata_shards.msgpack.zst', 'current_repodata.json']) {
    await writeFile(join(channel, 'linux-64', form), 'no index');
    await assert.rejects(signChannel(channel, options, at(NOW)), {
      code: 'malformed',
      message: new RegExp(`^linux-64/${form}: `),
    });
    await rm(join(channel, 'linux-64', form));
  }
});

test('reports packages that are missing and refuses those that differ', async () => {
  await makeChannel();
  const packages = (await readdir(join(channel, 'noarch'))).filter((name) => name.endsWith('.conda'));
  const [gone, changed] = packages.map((name) => join(channel, 'noarch', name));
  await rm(gone!);
  const checked = await signChannel(channel, { ...options, checkPackages: true }, at(NOW));
  assert.deepEqual(checked.missingPackages, [`noarch/${packages[0]}`]);
  const bytes = await readFile(changed!);
  bytes.writeUInt8(bytes[40]! ^ 1, 40);
  await writeFile(changed!, bytes);
  await assert.rejects(signChannel(channel, { ...options, checkPackages: true }, at(NOW)), {
    code: 'hash-mismatch',
    message: new RegExp(`noarch/${packages[1]}`),
  });
});

test('one subdir alone leaves the others as they were published', async () => {
  await makeChannel();
  await signChannel(channel, { ...options, subdirs: ['noarch'] }, at(NOW));
  const own = await readOwnMetadata(channel);
  assert.deepEqual(new Set([...own.index.targets.keys()].map((path) => path.split('/')[0])), new Set(['noarch']));
  await signChannel(channel, options, at(NOW));
  await edit(join(channel, 'linux-64', 'repodata.json'), (index) => {
    index.removed = ['gone-1-0.conda'];
  });
  const unsigned = await readFile(join(channel, 'linux-64', 'repodata.json'));
  const { published } = await signChannel(channel, { ...options, subdirs: ['noarch'] }, at(NOW + HOUR));
  assert.equal(published, false);
  assert.deepEqual(await readFile(join(channel, 'linux-64', 'repodata.json')), unsigned);
});

test('one subdir alone is no beginning in a new place', async () => {
  await makeChannel();
  await signChannel(channel, options, at(NOW));
  const out = join(base, 'served');
  await assert.rejects(signChannel(channel, { ...options, out, subdirs: ['noarch'] }, at(NOW)), {
    code: 'usage',
    hint: /Leave out --subdir/,
  });
  await signChannel(channel, { ...options, out }, at(NOW));
  assert.equal((await signChannel(channel, { ...options, subdirs: ['noarch'] }, at(NOW))).published, false);
});

test('refuses a damaged tuf folder by name', async () => {
  await makeChannel();
  await signChannel(channel, options, at(NOW));
  const own = await readOwnMetadata(channel);
  await writeFile(join(channel, 'tuf', `${own.index.version}.index.json`), '{}');
  await assert.rejects(signChannel(channel, options, at(NOW + HOUR)), {
    code: 'store-corrupt',
    message: /tuf is damaged: .*index\.json/,
  });
});

test('warns where a subdir loses its last record', async () => {
  await makeChannel();
  const { warnings } = await signChannel(channel, options, at(NOW));
  assert.deepEqual(warnings, []);
  await edit(join(channel, 'noarch', 'repodata.json'), (index) =>
    Object.assign(index, { packages: {}, 'packages.conda': {} }),
  );
  const emptied = await signChannel(channel, { ...options, rebuild: true }, at(NOW + HOUR));
  assert.deepEqual(
    emptied.warnings.map(({ kind, about }) => [kind, about]),
    [['emptied', 'noarch/repodata.json']],
  );
  const { warnings: later } = await signChannel(channel, options, at(NOW + 2 * HOUR));
  assert.deepEqual(later, []);
});

test('says what comes first: init, the passphrase, an index', async () => {
  await writeChannel(channel, PLAN);
  await assert.rejects(signChannel(channel, options, at(NOW)), { code: 'not-initialised' });
  await rm(channel, { recursive: true });
  await makeChannel();
  await assert.rejects(signChannel(channel, { ...options, onlinePassphrase: async () => 'wrong' }, at(NOW)), {
    code: 'wrong-passphrase',
  });
  await assert.rejects(signChannel(channel, { ...options, subdirs: ['win-64'] }, at(NOW)), { code: 'usage' });
});

test('names the folder around a subdir, and the index that is none', async () => {
  await makeChannel();
  await assert.rejects(signChannel(join(channel, 'noarch'), options, at(NOW)), {
    code: 'not-initialised',
    message: /noarch is one subdir of a channel$/,
  });
  await writeFile(join(channel, 'noarch', 'repodata.json'), '');
  await assert.rejects(signChannel(channel, options, at(NOW)), {
    code: 'malformed',
    message: /^noarch\/repodata\.json: not well-formed JSON: .*; nothing was published$/,
    hint: 'Index the channel again.',
  });
});

test('a published folder that was moved is asked for by name, never for a new ceremony', async () => {
  await makeChannel();
  const served = join(base, 'served');
  await signChannel(channel, { ...options, out: served }, at(NOW));
  await rename(served, join(base, 'moved'));
  const refusal = {
    code: 'not-initialised',
    message: /served, where the channel was published/,
    hint: /--out FOLDER$/,
  };
  await assert.rejects(signChannel(channel, options, at(NOW)), refusal);
  await assert.rejects(signChannel(channel, { ...options, out: join(base, 'new') }, at(NOW)), refusal);
  await assert.rejects(channelStatus(channel, at(NOW)), refusal);
  const { folder, published } = await signChannel(channel, { ...options, out: join(base, 'moved') }, at(NOW));
  assert.deepEqual([folder, published], [join(base, 'moved'), false]);
  await channelStatus(channel, at(NOW));
});

test('two runs at once publish one after the other', async () => {
  await makeChannel();
  const results = await Promise.all([signChannel(channel, options, at(NOW)), signChannel(channel, options, at(NOW))]);
  assert.deepEqual(results.map(({ published }) => published).sort(), [false, true]);
  await verifyPublished(channel);
});

test('the newest two publications stay in every form, an older one as .zst for a day, then it goes', async () => {
  await makeChannel();
  const kept = async () => {
    const names = await readdir(join(channel, 'tuf', 'targets', 'noarch'));
    return names
      .map((name) => name.replace(/^[0-9a-f]{64}\./, ''))
      .filter((name) => name.startsWith('repodata'))
      .sort();
  };
  const publish = async (now: number, n: number) => {
    await edit(join(channel, 'noarch', 'repodata.json'), (index) => {
      index.removed = Array.from({ length: n }, (_, at) => `gone-${at}-0.conda`);
    });
    await signChannel(channel, options, at(now));
  };
  await publish(NOW, 0);
  await publish(NOW + HOUR, 1);
  const forms = ['repodata.json', 'repodata.json.bz2', 'repodata.json.zst'];
  assert.deepEqual(await kept(), [...forms, ...forms].sort());
  await publish(NOW + 2 * HOUR, 2);
  assert.deepEqual(await kept(), [...forms, ...forms, 'repodata.json.zst'].sort());
  await publish(NOW + 27 * HOUR, 3);
  assert.deepEqual(await kept(), [...forms, ...forms].sort());
});

test('goes on from the newest publication, wherever the channel was published before', async () => {
  await makeChannel();
  const served = join(base, 'served');
  await signChannel(channel, { ...options, out: served }, at(NOW));
  const change = (n: number) =>
    edit(join(channel, 'noarch', 'repodata.json'), (index) => {
      index.removed = [`gone-${n}-0.conda`];
    });
  await change(1);
  await signChannel(channel, { ...options, out: channel }, at(NOW + HOUR));
  await change(2);
  const { timestamp } = await readOwnMetadata(channel);
  await signChannel(channel, { ...options, out: served }, at(NOW + 2 * HOUR));
  assert.ok((await readOwnMetadata(served)).timestamp.version > timestamp.version);
  await verifyPublished(served);
  // The folder where it was published before may be gone.
  await rm(join(channel, 'tuf'), { recursive: true });
  await signChannel(channel, { ...options, out: served }, at(NOW + 2 * HOUR));
});

test('makes shards, keeps those that are known, and brings back one that is gone', async () => {
  await makeChannel();
  await writeFile(join(channel, 'noarch', 'repodata_shards.msgpack.zst'), '');
  const shards = async () => {
    const names = await readdir(join(channel, 'noarch'));
    return names.filter((name) => /^[0-9a-f]{64}\.msgpack\.zst$/.test(name)).sort();
  };
  await signChannel(channel, { ...options, rebuild: true }, at(NOW));
  await verifyPublished(channel);
  const made = await shards();
  assert.ok(made.length > 0);
  assert.equal((await signChannel(channel, options, at(NOW + HOUR))).published, false);
  await rm(join(channel, 'noarch', made[0]!));
  assert.deepEqual((await signChannel(channel, options, at(NOW + HOUR))).files, [`noarch/${made[0]}`]);
  assert.deepEqual(await shards(), made);
  // A new place gets them with the index that names them.
  const served = join(base, 'served');
  await signChannel(channel, { ...options, out: served }, at(NOW + HOUR));
  const there = await readdir(join(served, 'noarch'));
  assert.deepEqual(
    made.filter((name) => !there.includes(name)),
    [],
  );
});

test('a package that left the channel leaves the published folder once no kept publication lists it', async () => {
  await makeChannel();
  const served = join(base, 'served');
  await signChannel(channel, { ...options, out: served }, at(NOW));
  const index = join(channel, 'noarch', 'repodata.json');
  const [gone = '', other = ''] = Object.keys(json(await readFile(index))['packages.conda']);
  const take = async (file: string) => {
    await rm(join(channel, 'noarch', file));
    await edit(index, (repodata) => delete repodata['packages.conda'][file]);
  };
  const publish = (hours: number) => signChannel(channel, { ...options, rebuild: true }, at(NOW + hours * HOUR));
  const isServed = async (file: string) => (await readdir(join(served, 'noarch'))).includes(file);

  await take(gone);
  await publish(1);
  assert.ok(await isServed(gone), 'readers of the publication before may still come for it');
  await edit(index, (repodata) => repodata.removed.push(gone));
  await publish(2);
  assert.ok(await isServed(gone), 'an older publication is kept for a day');
  // Listed, and not in the source: it may have been uploaded by other means.
  await rm(join(channel, 'noarch', other));
  await edit(index, (repodata) => repodata.removed.push('x-1-0.conda'));
  const { files } = await publish(40);
  assert.deepEqual([await isServed(gone), await isServed(other)], [false, true]);
  assert.ok(files.includes(`noarch/${gone}`));
});
