/** A command on a channel, and what must hold wherever it is cut off. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordClient } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { initChannel, type PublisherEnv, signChannel } from '@antivenom/publisher';
import { type ChannelPlan, checkCctRecords, type ReadChannel, readChannel, writeChannel } from '@antivenom/testkit';
import { antivenomWithFault, atEach, type Fault, inCopyOf, inFolder, type Outcome, stepsOf } from './command.ts';

const DAY = 86_400_000;
/** The key folder has to be opened at every run. */
const CHEAP = { n: 16, r: 1, p: 1 };
const passphrase = async () => 'secret';

export interface Scenario {
  /** What the command is typed as, in a folder that holds the channel `good`. */
  readonly argv: readonly string[];
  prepare(folder: string): Promise<void>;
  /** Whether the published channel is the one after the command; throws where it is neither that nor the one before. */
  isDone(folder: string): Promise<boolean>;
  /** What else must hold of the published channel wherever the command is cut off. */
  look?(published: string): Promise<void>;
  /** The command again, in this process. */
  again(folder: string): Promise<unknown>;
  /** The folder that is served, `good` by default. */
  readonly published?: string;
  /**
   * Of a long command every n-th step alone, and each of the last ten; 1 by default. A file takes three steps: one that is
   * no multiple of three meets each of them at one file or another.
   */
  readonly stride?: number;
}

/** Kills the command at each of its steps. */
export async function killAtEachStep(scenario: Scenario): Promise<void> {
  await faultAtEachStep(scenario, 'kill', ({ status, signal, stderr }, isDone) => {
    // Beyond the last step there is nothing to be killed at.
    if (status === 0) assert.ok(isDone);
    else assert.equal(signal, 'SIGKILL', stderr);
  });
}

/** Has the disk be full from each step on. */
export async function fillDiskAtEachStep(scenario: Scenario): Promise<void> {
  await faultAtEachStep(scenario, 'disk-full', ({ status, stderr }, isDone) => {
    // The last steps need no space.
    if (status === 0) assert.ok(isDone);
    else
      assert.deepEqual([status, /^antivenom: could not be done: .*the disk is full$/m.test(stderr)], [3, true], stderr);
  });
}

async function faultAtEachStep(
  scenario: Scenario,
  kind: Fault['kind'],
  check: (outcome: Outcome, isDone: boolean) => void,
): Promise<void> {
  await inFolder(async (folder) => {
    await scenario.prepare(folder);
    const states = new Set<boolean>();
    const steps = await stepsOf(folder, scenario.argv);
    const stride = scenario.stride ?? 1;
    const isLooked = (at: number) => (at - 1) % stride === 0 || at > steps - 10;
    await atEach(Array.from({ length: steps + 1 }, (_, index) => index + 1).filter(isLooked), (at) =>
      inCopyOf(folder, async (copy) => {
        const outcome = await antivenomWithFault(copy, scenario.argv, { at, kind });
        const isDone = await scenario.isDone(copy);
        states.add(isDone);
        await requireWhole(join(copy, scenario.published ?? 'good', 'noarch', 'repodata.json'));
        await scenario.look?.(join(copy, scenario.published ?? 'good'));
        check(outcome, isDone);
        if (outcome.status !== 0) await scenario.again(copy);
        assert.ok(await scenario.isDone(copy), 'the next run brings it to its end');
        await scenario.look?.(join(copy, scenario.published ?? 'good'));
        await requireOrdinaryNames(join(copy, scenario.published ?? 'good'));
      }),
    );
    assert.deepEqual([...states].sort(), [false, true], 'the fault comes before the flip, and after it');
  });
}

/** What ordinary clients read is a whole file at any time, old or new. */
async function requireWhole(index: string): Promise<void> {
  const bytes = await readFile(index, 'utf8').catch(() => undefined);
  if (bytes !== undefined) assert.equal(typeof JSON.parse(bytes).packages, 'object');
}

/** Ordinary names are the bytes that are signed. */
async function requireOrdinaryNames(published: string): Promise<void> {
  for (const [path, bytes] of (await read(published)).files) {
    // The lists of yanked files have none.
    if (path.startsWith('antivenom/')) continue;
    assert.ok(Buffer.compare(await readFile(join(published, path)), bytes) === 0, path);
  }
}

export function keysIn(folder: string) {
  return { keys: join(folder, 'home', 'keys', 'good'), onlinePassphrase: passphrase, offlinePassphrase: passphrase };
}

/** @param age how long ago, in days */
export function ago(age = 0): PublisherEnv {
  return { now: Date.now() - age * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
}

export async function makeChannel(folder: string, packages: ChannelPlan['packages'] = 1): Promise<void> {
  await writeChannel(join(folder, 'good'), { seed: 'crash', subdirs: ['noarch'], packages });
}

export async function initChannelIn(
  folder: string,
  age = 0,
  clients: readonly RecordClient[] = ['conda'],
): Promise<void> {
  await initChannel(join(folder, 'good'), { ...keysIn(folder), for: clients, scryptCost: CHEAP }, ago(age));
}

export async function signChannelIn(folder: string, age = 0, out?: string): Promise<void> {
  const options = { ...keysIn(folder), ...(out === undefined ? {} : { out: join(folder, out) }) };
  await signChannel(join(folder, 'good'), options, ago(age));
}

const REMOVED = 'gone-1-0.conda';

/** What an indexer does to the channel after it was signed. */
export async function changeIndex(folder: string): Promise<void> {
  const path = join(folder, 'good', 'noarch', 'repodata.json');
  const index = await readFile(path, 'utf8');
  await writeFile(path, index.replace('"removed": []', `"removed": ["${REMOVED}"]`));
}

/** Reads the folder as a TUF client and as conda do. */
export async function read(published: string): Promise<ReadChannel> {
  const channel = await readChannel(published, { now: Date.now() });
  if (channel.files.has('noarch/repodata.json')) assert.ok(checkCctRecords(channel.files, { now: Date.now() }) > 0);
  return channel;
}

/** Whether the change is published. */
export async function isChangePublished(published: string): Promise<boolean> {
  const { files } = await read(published);
  return Buffer.from(files.get('noarch/repodata.json') ?? []).includes(REMOVED);
}
