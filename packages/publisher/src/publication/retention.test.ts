import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { writeChannel } from '@antivenom/testkit';
import { initChannel } from '../init.ts';
import type { PublisherEnv, RenewOptions } from '../operations.ts';
import { refreshChannel } from '../refresh.ts';
import { renewChannel } from '../renew.ts';
import { signChannel } from '../sign.ts';
import { channelStatus } from '../status.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const LEAST = { versions: 2, seconds: 3600 };

let base: string;
let channel: string;
let options: RenewOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-retention-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 2, forms: { zst: true } });
  const ceremony = { ...options, scryptCost: { n: 16, r: 1, p: 1 }, for: ['conda', 'mamba'] as const };
  await initChannel(channel, ceremony, at(0));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const at = (hour: number): PublisherEnv => {
  return { now: START + hour * HOUR, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};

async function versionsOf(role: string): Promise<number[]> {
  const names = await readdir(join(channel, 'tuf'));
  const versions = names.map((name) => new RegExp(`^(\\d+)\\.${role}\\.json$`).exec(name)?.[1] ?? []);
  return versions
    .flat()
    .map(Number)
    .sort((a, b) => a - b);
}

async function signedPart(path: string) {
  return JSON.parse(await readFile(join(channel, path), 'utf8')).signed;
}

/** The paths of all that a reader who has this timestamp will ask for. */
async function namedBy(timestamp: { meta: Record<string, { version: number }> }): Promise<string[]> {
  const snapshot = `tuf/${timestamp.meta['snapshot.json']!.version}.snapshot.json`;
  const paths = [snapshot];
  for (const [file, { version }] of Object.entries<{ version: number }>((await signedPart(snapshot)).meta)) {
    const role = `tuf/${version}.${file}`;
    paths.push(role);
    for (const [path, { hashes }] of Object.entries<{ hashes: { sha256: string } }>((await signedPart(role)).targets)) {
      paths.push(`tuf/targets/${path.replace(/[^/]+$/, (name) => `${hashes.sha256}.${name}`)}`);
    }
  }
  return paths;
}

test('the metadata of as many publications stays as was said once, every root, and what those name of chains', async () => {
  await signChannel(channel, { ...options, keep: { ...LEAST, versions: 3 } }, at(0));
  for (let hour = 100; hour <= 800; hour += 100) await renewChannel(channel, options, at(hour));
  assert.deepEqual(await versionsOf('root'), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await versionsOf('snapshot'), [1, 8, 9, 10], 'beside that of the index before this one');
  assert.deepEqual(await versionsOf('targets'), [1, 7, 8, 9]);
  const chains = await readdir(join(channel, 'tuf/targets/cct'));
  assert.equal(chains.filter((name) => name.endsWith('.root.json')).length, 9, 'the roots of a chain stay');
  assert.equal(chains.filter((name) => name.endsWith('.key_mgr.json')).length, 4);

  await refreshChannel(channel, { ...options, keep: LEAST }, at(900));
  assert.deepEqual(await versionsOf('snapshot'), [1, 10, 11]);
  await renewChannel(channel, options, at(1000));
  assert.deepEqual(await versionsOf('snapshot'), [1, 11, 12], 'what was said is remembered');
});

test('whoever has read a timestamp finds all that it names for as long as was said', async () => {
  await signChannel(channel, { ...options, keep: LEAST }, at(0));
  const begun = await namedBy(await signedPart('tuf/timestamp.json'));
  assert.equal(begun.length, 14);
  // Three publications within the hour, each of them with other indexes.
  for (const seed of [2, 3, 4]) {
    await writeChannel(channel, { seed, subdirs: ['noarch'], packages: 2, forms: { zst: true } });
    await renewChannel(channel, options, at(seed / 10));
    await signChannel(channel, options, at(seed / 10));
  }
  const isBig = (path: string) => path.endsWith('repodata.json');
  const gone = begun.filter((path) => !existsSync(join(channel, path)));
  assert.deepEqual(
    gone.filter((path) => !isBig(path)),
    [],
  );
  assert.equal(gone.length, 1, 'of an index before the last two the compressed form alone stays');

  await writeChannel(channel, { seed: 5, subdirs: ['noarch'], packages: 2, forms: { zst: true } });
  await signChannel(channel, options, at(3));
  await signChannel(channel, options, at(3));
  assert.ok(!existsSync(join(channel, begun[0]!)), 'and is gone afterwards');
});

test('status tells what is kept, and for how long', async () => {
  await signChannel(channel, { ...options, keep: { versions: 7 } }, at(0));
  const { kept } = await channelStatus(channel, at(0));
  const sizes = async (folder: string) =>
    await readdir(join(channel, folder), { recursive: true, withFileTypes: true });
  const files = (await sizes('tuf')).filter((entry) => entry.isFile()).length;
  assert.deepEqual([kept.versions, kept.seconds, kept.roots.files], [7, 86_400, 1]);
  assert.equal(kept.roots.files + kept.metadata.files + kept.targets.files, files);
  assert.equal(kept.roots.bytes, (await readFile(join(channel, 'tuf/1.root.json'))).length);
});

test('less than a reader needs is refused, and so is a damaged file of settings', async () => {
  for (const keep of [{ versions: 1 }, { seconds: 60 }, { versions: 2.5 }]) {
    await assert.rejects(signChannel(channel, { ...options, keep }, at(0)), { code: 'usage' });
  }
  await signChannel(channel, { ...options, keep: LEAST }, at(0));
  await rm(join(channel, '.antivenom/retention.json'));
  assert.equal((await channelStatus(channel, at(0))).kept.versions, 10);
});
