import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashBins, rotateRole } from '@antivenom/publisher';
import { fetchTarget, writeChannel } from '@antivenom/testkit';
import { ago, initChannelIn, keysIn, killAtEachStep, read, signChannelIn } from './scenario.ts';

const OLD = 'old-1.0-0.conda';
const NEW = 'new-1.0-0.conda';
const STAYS = 'stays-1.0-0.conda';

/** What an indexer leaves: `new` comes in the place of `old`. */
async function index(folder: string, ...names: readonly string[]): Promise<void> {
  const channel = join(folder, 'good');
  for (const name of [OLD, NEW, STAYS]) await rm(join(channel, 'noarch', name), { force: true });
  const packages = names.map((name) => ({ name: name.replace('-1.0-0.conda', ''), version: '1.0' }));
  await writeChannel(channel, { seed: 'crash', subdirs: ['noarch'], packages });
}

/** The packages that the index lists. A client of TUF can fetch each of them, and no other, where there are bins. */
async function listed(published: string): Promise<{ readonly names: ReadonlySet<string>; readonly bins: boolean }> {
  const { trusted, files } = await read(published);
  const repodata = JSON.parse(Buffer.from(files.get('noarch/repodata.json') ?? []).toString());
  const names = new Set(Object.keys(repodata['packages.conda']));
  const bins = trusted.snapshot?.meta.has('bins.json') === true;
  for (const name of bins ? [OLD, NEW, STAYS] : []) {
    const target = await fetchTarget(published, trusted, `noarch/${name}`);
    assert.equal(target !== undefined, names.has(name), name);
  }
  return { names, bins };
}

const look = async (published: string) => {
  await listed(published);
};

test('hash bins whose making is killed are all there or none is, and the next run brings them', async () => {
  await killAtEachStep({
    argv: ['hash-bins', 'good', '--bins', '4'],
    stride: 2,
    prepare: async (folder) => {
      await index(folder, OLD, STAYS);
      await initChannelIn(folder);
      await signChannelIn(folder);
    },
    isDone: async (folder) => (await listed(join(folder, 'good'))).bins,
    look,
    again: (folder) => hashBins(join(folder, 'good'), { ...keysIn(folder), bins: 4 }, ago()),
  });
});

test('a sign that is killed leaves index and hash bins of the old channel or of the new one', async () => {
  await killAtEachStep({
    argv: ['sign', 'good'],
    stride: 2,
    prepare: async (folder) => {
      await index(folder, OLD, STAYS);
      await initChannelIn(folder);
      await signChannelIn(folder);
      await hashBins(join(folder, 'good'), { ...keysIn(folder), bins: 4 }, ago());
      await index(folder, NEW, STAYS);
    },
    isDone: async (folder) => (await listed(join(folder, 'good'))).names.has(NEW),
    look,
    again: signChannelIn,
  });
});

test('a rotation of the keys of hash bins that is killed leaves the old keys or the new ones', async () => {
  await killAtEachStep({
    argv: ['rotate', 'good', 'bins'],
    stride: 5,
    prepare: async (folder) => {
      await index(folder, OLD, STAYS);
      await initChannelIn(folder);
      await signChannelIn(folder);
      await hashBins(join(folder, 'good'), { ...keysIn(folder), bins: 4 }, ago());
    },
    isDone: async (folder) => ((await read(join(folder, 'good'))).trusted.targets?.version ?? 0) >= 3,
    look,
    again: (folder) => rotateRole(join(folder, 'good'), 'bins', keysIn(folder), ago()),
  });
});
