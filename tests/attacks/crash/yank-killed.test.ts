import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ContentTrustError, scanRepodata } from '@antivenom/core';
import { signChannel, unyankFile, yankFile } from '@antivenom/publisher';
import { ago, initChannelIn, keysIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

const NAME = 'alpha-1.0-0.conda';
const BAD = `noarch/${NAME}`;
const LIMITS = { maxBytes: 2 ** 24, maxDepth: 32 };

/** The names in the index that a TUF client reads, and in the ordinary file. */
async function listed(folder: string, from: 'signed' | 'ordinary'): Promise<string[]> {
  const channel = join(folder, 'good');
  const bytes =
    from === 'signed'
      ? (await read(channel)).files.get('noarch/repodata.json')
      : await readFile(join(channel, 'noarch/repodata.json'));
  assert.ok(bytes);
  return scanRepodata(bytes, LIMITS).records.map(({ file }) => file);
}

async function prepare(folder: string): Promise<void> {
  const packages = ['alpha', 'beta'].map((name) => ({ name, version: '1.0', build: '0', subdir: 'noarch' }));
  await makeChannel(folder, packages);
  await initChannelIn(folder, 1);
  await signChannelIn(folder, 1);
}

async function yankIn(folder: string): Promise<void> {
  await yankFile(join(folder, 'good'), BAD, { ...keysIn(folder), reason: 'it harms' }, ago());
}

/** What was done already is said to be, and the next signing mends what it left behind. */
async function unlessDone(folder: string, work: Promise<unknown>, done: RegExp): Promise<void> {
  await work.catch((error: ContentTrustError) => {
    assert.match(error.message, done);
  });
  await signChannel(join(folder, 'good'), keysIn(folder), ago());
}

test('a yank that is killed leaves the package or takes it back whole, and the next one works', async () => {
  await killAtEachStep({
    argv: ['yank', 'good', BAD, '--reason', 'it harms'],
    stride: 10,
    prepare,
    isDone: async (folder) => !(await listed(folder, 'signed')).includes(NAME),
    again: async (folder) => {
      await unlessDone(folder, yankIn(folder), /is yanked already/);
      for (const from of ['signed', 'ordinary'] as const) assert.ok(!(await listed(folder, from)).includes(NAME));
      // Nothing of the record is lost on the way.
      await unyankFile(join(folder, 'good'), BAD, keysIn(folder), ago());
      assert.ok((await listed(folder, 'signed')).includes(NAME));
      await yankIn(folder);
    },
  });
});

test('an unyank that is killed leaves the package yanked or gives it back, and the next one works', async () => {
  await killAtEachStep({
    argv: ['unyank', 'good', BAD],
    stride: 10,
    prepare: async (folder) => {
      await prepare(folder);
      await yankIn(folder);
    },
    isDone: async (folder) => (await listed(folder, 'signed')).includes(NAME),
    again: async (folder) => {
      const work = unyankFile(join(folder, 'good'), BAD, keysIn(folder), ago());
      await unlessDone(folder, work, /is not yanked/);
      for (const from of ['signed', 'ordinary'] as const) assert.ok((await listed(folder, from)).includes(NAME));
    },
  });
});
