/**
 * One step of the benchmark of hash bins, in a process of its own: prints what it cost as JSON. Packages are made up, and only those that
 * change are there as files; what it costs to read and write the indexes is measured elsewhere.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NO_PROGRESS } from '@antivenom/node';
import { loadKeys } from '@antivenom/signers';
import { BinChanges } from '../src/bins/bin-changes.ts';
import { nextBins } from '../src/bins/next-bins.ts';
import { BINS, type OwnBins } from '../src/bins/own-bins.ts';
import { type OwnMetadata, readOwnMetadata } from '../src/channel/own-metadata.ts';
import type { FileFacts } from '../src/channel/published-targets.ts';
import { initChannel } from '../src/init.ts';
import type { PublisherEnv } from '../src/operations.ts';
import { signEdition } from '../src/publication/edition.ts';
import { publishRenewal } from '../src/publication/publish-renewal.ts';
import { refreshChannel } from '../src/refresh.ts';
import { signersOf } from '../src/roles/role-signers.ts';

const DAY = 86_400_000;
const CHANGED = 100;
const SUBDIRS = ['linux-64', 'noarch', 'osx-arm64', 'win-64'];
const [step = '', folder = '', packages = ''] = process.argv.slice(2);
const COUNT = Number(packages);

const channel = join(folder, 'channel');
const options = {
  keys: join(folder, 'keys'),
  onlinePassphrase: async () => 'bench',
  offlinePassphrase: async () => 'bench',
  for: [],
  scryptCost: { n: 16, r: 1, p: 1 },
} as const;

function env(day = 0): PublisherEnv {
  return { now: Date.now() + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 1000 };
}

/** A package by its number, as long as its content. */
function facts(number: number, content: string): FileFacts {
  const path = `${SUBDIRS[number % SUBDIRS.length]}/package-${number % 30_000}-1.${Math.floor(number / 30_000)}.0-h${number.toString(16)}_0.conda`;
  return { path, length: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

async function publish(own: OwnMetadata, bins: OwnBins, changes: BinChanges): Promise<void> {
  const keys = await loadKeys(join(options.keys, 'online'), 'bench');
  const signing = { signers: signersOf(BINS, bins, keys), now: env().now, progress: NO_PROGRESS };
  const next = nextBins(own, bins, changes.bins, signing);
  const edition = await signEdition(own, { bins: next.versions }, keys, env().now);
  await publishRenewal({ source: channel, published: channel }, { own, chains: [] }, edition, options, env(), next);
}

async function ownBins(): Promise<{ own: OwnMetadata; bins: OwnBins }> {
  const own = await readOwnMetadata(channel, options.keys);
  if (own.bins === undefined) throw new Error('the channel has no hash bins');
  return { own, bins: own.bins };
}

const STEPS: Readonly<Record<string, () => Promise<void>>> = {
  async init() {
    await mkdir(channel, { recursive: true });
    await initChannel(channel, { ...options, hashBins: COUNT }, env());
  },
  /** Every package is new. */
  async 'list all'() {
    const { own, bins } = await ownBins();
    const changes = new BinChanges(bins);
    for (let number = 0; number < COUNT; number++) {
      const made = facts(number, String(number));
      changes.set(made.path, made);
    }
    await publish(own, bins, changes);
  },
  /** Spread over the channel: of four packages two get other bytes, one leaves, and another one comes. */
  async [`change ${CHANGED}`]() {
    const { own, bins } = await ownBins();
    const changes = new BinChanges(bins);
    for (let change = 0; change < CHANGED; change++) {
      const isNew = change % 4 === 3;
      const number = isNew ? COUNT + change : Math.floor((change * COUNT) / CHANGED);
      const content = `changed ${change}`;
      const made = facts(number, content);
      if (change % 4 === 2) changes.set(made.path, undefined);
      else {
        await mkdir(dirname(join(channel, made.path)), { recursive: true });
        await writeFile(join(channel, made.path), content);
        changes.set(made.path, made);
      }
    }
    await publish(own, bins, changes);
  },
  /** When all bins are past half their life. */
  async 'refresh a batch'() {
    await refreshChannel(channel, options, env(50));
  },
};

async function sizes(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of await readdir(join(channel, 'tuf')).catch(() => [])) found.set(name, 0);
  return found;
}

const before = await sizes();
const cpu = process.cpuUsage();
const started = performance.now();
const run = STEPS[step];
if (run === undefined) throw new Error(`no step ${step}`);
await run();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
const peakMB = process.resourceUsage().maxRSS / 1000;
let [files, bytes] = [0, 0];
for (const name of (await sizes()).keys()) {
  if (before.has(name) && name !== 'timestamp.json') continue;
  files++;
  bytes += (await stat(join(channel, 'tuf', name))).size;
}
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMB, files, bytes }));
