/** A channel that is signed for mamba too, from its ceremony to its second year. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { RecordClient } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { type ChannelPackage, checkCctRecords, readAsMamba, readChannel, writeChannel } from '@antivenom/testkit';
import { initChannel } from './init.ts';
import type { PublisherEnv, RenewOptions } from './operations.ts';
import { refreshChannel } from './refresh.ts';
import { renewChannel } from './renew.ts';
import { signChannel } from './sign.ts';
import { channelStatus } from './status.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const PYTHON: ChannelPackage = { name: 'python', version: '3.12.1', build: '0', depends: ['openssl >=3'] };
const PIP: ChannelPackage = { name: 'pip', version: '24.0', build: '0', depends: ['python'] };
const OTHER: ChannelPackage = { name: 'other', version: '1.0', build: '0', depends: ['Python ==3.12.1'] };

let base: string;
let channel: string;
let options: RenewOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-mamba-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
});
afterEach(() => rm(base, { recursive: true, force: true }));

const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const sign = (day = 0, more = {}) => signChannel(channel, { ...options, zstdLevel: 3, ...more }, at(day));
const refresh = (day: number) => refreshChannel(channel, options, at(day));
const asMamba = (day: number, folder = channel) => readAsMamba(folder, { now: START + day * DAY });

async function index(packages: readonly ChannelPackage[], more = {}): Promise<void> {
  const forms = { zst: true, currentRepodata: true, ...more };
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages, forms });
}

async function make(clients: readonly RecordClient[] = ['conda', 'mamba']): Promise<void> {
  await index([PYTHON, OTHER]);
  await initChannel(channel, { ...options, scryptCost: { n: 16, r: 1, p: 1 }, for: clients }, at(0));
}

/** File name → public key → signature, in one form. */
async function signatures(form = 'repodata.json'): Promise<Record<string, Record<string, { other_headers?: string }>>> {
  return JSON.parse(await readFile(join(channel, 'noarch', form), 'utf8')).signatures;
}

async function edit(change: (index: Record<string, Record<string, Record<string, unknown>>>) => void): Promise<void> {
  const path = join(channel, 'noarch', 'repodata.json');
  const repodata = JSON.parse(await readFile(path, 'utf8'));
  change(repodata);
  await writeFile(path, JSON.stringify(repodata, undefined, 2));
}

test('each record has the signatures of both, in every form, and each client takes its own', async () => {
  await make();
  const { records } = await sign();
  assert.deepEqual([records.total, records.signed, records.unforeseeable], [2, 2, {}]);
  for (const form of ['repodata.json', 'current_repodata.json']) {
    for (const entries of Object.values(await signatures(form))) {
      const shapes = Object.values(entries).map((entry) => Object.keys(entry).join());
      assert.deepEqual(shapes.sort(), ['other_headers,signature', 'signature']);
    }
  }
  assert.equal((await asMamba(0)).signed, 2);
  assert.equal(checkCctRecords((await readChannel(channel, { now: START })).files, { now: START }), 2);
  assert.deepEqual((await channelStatus(channel, at(0))).problems, []);
  const again = await sign(1);
  assert.deepEqual([again.published, again.records.reused], [false, 2]);
});

test('a channel for mamba alone has no signature of conda, and no evidence but its index', async () => {
  await make(['mamba']);
  assert.deepEqual((await sign()).records.signed, 2);
  assert.equal((await asMamba(0)).signed, 2);
  for (const entries of Object.values(await signatures())) {
    assert.deepEqual(
      Object.values(entries).map((entry) => Object.keys(entry).join()),
      ['other_headers,signature'],
    );
  }
  assert.deepEqual(await readdir(join(channel, 'cct')).catch(() => 'none'), 'none');
  assert.equal((await sign(1)).published, false);
});

test('a pip that comes to the index changes how mamba sees python, and no other signature', async () => {
  await make();
  await sign();
  const before = await signatures();
  await index([PYTHON, OTHER, PIP]);
  const { records } = await sign(0.1);
  assert.deepEqual([records.total, records.signed, records.reused], [3, 2, 1]);
  const after = await signatures();
  const changed = Object.keys(before).flatMap((file) =>
    Object.entries(before[file]!)
      .filter(([key, entry]) => JSON.stringify(after[file]![key]) !== JSON.stringify(entry))
      .map(([, entry]) => `${file} ${Object.keys(entry).length === 2 ? 'mamba' : 'conda'}`),
  );
  assert.deepEqual(changed, ['python-3.12.1-0.conda mamba']);
  assert.equal((await asMamba(0.1)).signed, 3);
  await index([PYTHON, OTHER]);
  await sign(0.2);
  assert.equal((await asMamba(0.2)).signed, 2);
});

for (const [clients, signed] of [
  [['conda', 'mamba'], 2],
  [['mamba'], 1],
] as const) {
  test(`what mamba reads in nobody knows how is counted by reason, signed for ${clients}`, async () => {
    await make(clients);
    await edit((repodata) => {
      repodata['packages.conda']!['other-1.0-0.conda']!['license'] = null;
    });
    for (const expected of [signed, 0]) {
      const { records } = await sign(0, { rebuild: true });
      assert.deepEqual([records.signed, records.unforeseeable], [expected, { 'unexpected-type': 1 }]);
    }
    const { signed: installable, unsigned } = await asMamba(0);
    assert.deepEqual([installable, unsigned], [1, 1]);
    assert.deepEqual((await channelStatus(channel, at(0))).problems, []);
  });
}

test('refreshed daily without offline keys, mamba accepts it on day 60, and it stays small', async () => {
  await make();
  await rename(join(options.keys, 'offline'), join(base, 'moved away'));
  await sign();
  await assert.rejects(asMamba(8), { code: 'expired' });
  const renewedOn: number[] = [];
  for (let day = 1; day <= 60; day++) {
    const { renewed, warnings } = await refresh(day);
    assert.deepEqual(warnings, []);
    if (renewed.includes('mamba/pkg_mgr')) renewedOn.push(day);
  }
  assert.ok(renewedOn.length >= 14 && renewedOn.length <= 16, `${renewedOn}`);
  assert.equal((await asMamba(63)).signed, 2);
  const targets = (await readdir(join(channel, 'tuf/targets'))).filter((name) => name.endsWith('.pkg_mgr.json'));
  assert.ok(targets.length <= 12, targets.join(' '));
});

test('a new pkg_mgr is no new publication: what readers of the one before came for stays', async () => {
  await make();
  await sign();
  const of = (files: ReadonlyMap<string, Uint8Array>) => files.get('noarch/repodata.json')!;
  const first = of((await readChannel(channel, { now: START })).files);
  await index([PYTHON, OTHER, PIP]);
  await sign(1);
  for (let day = 2; day <= 12; day++) await refresh(day);
  const kept = await readdir(join(channel, 'tuf/targets/noarch'));
  const bytes = await Promise.all(
    kept
      .filter((name) => name.endsWith('.repodata.json'))
      .map((name) => readFile(join(channel, 'tuf/targets/noarch', name))),
  );
  assert.ok(bytes.some((found) => found.equals(first)));
});

test('sign renews a pkg_mgr past half its life, but writes nothing where nothing changed', async () => {
  await make();
  await sign();
  const versionAfter = async (day: number) => {
    await sign(day);
    return (await asMamba(day)).chain.pkgMgr?.version;
  };
  await refresh(3);
  assert.equal(await versionAfter(4), 1);
  await index([PYTHON]);
  assert.equal(await versionAfter(4.1), 2);
  assert.equal(await versionAfter(12), 3, 'expired metadata is a change');
});

test('renewed on day 350, accepted on day 380 by those who were given the first root or the second', async () => {
  await make();
  await sign();
  const { renewed } = await renewChannel(channel, options, at(350));
  assert.deepEqual(renewed.slice(6), ['cct/root', 'cct/key_mgr', 'mamba/root', 'mamba/key_mgr', 'mamba/pkg_mgr']);
  for (let day = 351; day <= 380; day++) assert.deepEqual((await refresh(day)).warnings, []);
  for (const from of [1, 2]) {
    const { chain, signed } = await readAsMamba(channel, { now: START + 380 * DAY, from });
    assert.deepEqual([chain.root.version, chain.keyMgr?.version, signed], [2, 2, 2]);
  }
  const kept = (await readdir(join(channel, 'tuf/targets'))).map((name) => name.replace(/^[0-9a-f]{64}\./, ''));
  for (const [name, count] of [
    ['1.root.json', 1],
    ['2.root.json', 1],
    ['key_mgr.json', 2],
  ] as const) {
    assert.equal(kept.filter((found) => found === name).length, count, `what the offline role listed stays: ${name}`);
  }
  await assert.rejects(asMamba(716), { code: 'expired' });
});

test('tells that mamba refuses what expired, and warns of it in time', async () => {
  await make();
  await sign();
  const told = async (day: number) => {
    const { problems } = await channelStatus(channel, at(day));
    return problems.filter(({ about }) => about.startsWith('mamba/')).map(({ kind, about }) => `${kind} ${about}`);
  };
  assert.deepEqual(await told(5), []);
  assert.deepEqual(await told(6), ['expires-soon mamba/pkg_mgr']);
  assert.deepEqual(await told(8), ['expired mamba/pkg_mgr']);
  const { problems } = await channelStatus(channel, at(8));
  const message = problems.find(({ about }) => about === 'mamba/pkg_mgr')?.message;
  assert.equal(message, 'mamba/pkg_mgr expired on 2026-01-08: mamba refuses the channel until you run refresh');
  await refresh(340);
  assert.deepEqual(await told(340), ['expires-soon mamba/root', 'expires-soon mamba/key_mgr']);
});

test('published elsewhere, the chain there is the newest, and nothing that mamba could take for one is carried', async () => {
  await make();
  const out = join(base, 'served');
  await writeFile(join(channel, '2.sv1.root.json'), '<html>');
  await sign(0, { out });
  for (let day = 1; day <= 9; day++) await refresh(day);
  await index([PYTHON]);
  await sign(9);
  const { chain, signed } = await asMamba(9, out);
  assert.deepEqual([chain.pkgMgr?.version, signed], [3, 1]);
  assert.ok(!(await readdir(out)).includes('2.sv1.root.json'));
});

test('tells files that mamba would take for newer ones of the chain, and shards, at which it refuses', async () => {
  await make();
  await index([PYTHON, OTHER], { shards: true });
  await writeFile(join(channel, '2.sv0.7.root.json'), '<html>');
  const { warnings } = await sign();
  assert.deepEqual(
    warnings.map(({ kind, about }) => `${kind} ${about}`),
    ['mamba-refuses repodata_shards.msgpack.zst', 'mamba-refuses 2.sv0.7.root.json'],
  );
  assert.match(warnings[0]!.message, /MAMBA_USE_SHARDED_REPODATA=false/);
  const { problems } = await channelStatus(channel, at(0));
  assert.deepEqual(
    problems.map(({ kind, about }) => `${kind} ${about}`),
    ['mamba-refuses 2.sv0.7.root.json'],
  );
});

test('mends the chain under its ordinary names before any index', async () => {
  await make();
  await sign();
  for (const name of ['1.root.json', 'pkg_mgr.json', 'key_mgr.json']) await writeFile(join(channel, name), '{}');
  await rm(join(channel, 'noarch/repodata.json.zst'));
  const { files } = await refresh(1);
  assert.deepEqual(files, ['pkg_mgr.json', 'key_mgr.json', '1.root.json', 'noarch/repodata.json.zst']);
});
