import { join } from 'node:path';
import { test } from 'node:test';
import { refreshChannel, renewChannel } from '@antivenom/publisher';
import { readAsMamba } from '@antivenom/testkit';
import {
  ago,
  changeIndex,
  initChannelIn,
  isChangePublished,
  keysIn,
  killAtEachStep,
  makeChannel,
  read,
  signChannelIn,
} from './scenario.ts';

const FOR_BOTH = ['conda', 'mamba'] as const;

/** Published apart, so that mamba never reads what an indexer wrote and nobody signed yet; its pkg_mgr is past half its life. */
async function prepare(folder: string): Promise<void> {
  await makeChannel(folder);
  await initChannelIn(folder, 4, FOR_BOTH);
  await signChannelIn(folder, 4, 'served');
  await refreshChannel(join(folder, 'good'), keysIn(folder), ago(2));
}

/** Old or new, mamba takes each record that it sees: none is signed by a key that its chain does not delegate. */
async function look(published: string): Promise<void> {
  await readAsMamba(published, { now: Date.now() });
}

test('a sign for both that is killed leaves mamba the old channel or the new one', async () => {
  await killAtEachStep({
    argv: ['sign', 'good'],
    published: 'served',
    stride: 4,
    prepare: async (folder) => {
      await prepare(folder);
      await changeIndex(folder);
    },
    look,
    isDone: (folder) => isChangePublished(join(folder, 'served')),
    again: signChannelIn,
  });
});

test('a refresh that is killed leaves mamba the old pkg_mgr or the new one', async () => {
  await killAtEachStep({
    argv: ['refresh', 'good'],
    published: 'served',
    stride: 4,
    prepare,
    look,
    isDone: async (folder) => ((await read(join(folder, 'served'))).trusted.timestamp?.version ?? 0) >= 4,
    again: (folder) => refreshChannel(join(folder, 'good'), keysIn(folder), ago()),
  });
});

test('a renewal that is killed leaves mamba the old chain or the new one', async () => {
  await killAtEachStep({
    argv: ['renew', 'good'],
    published: 'served',
    stride: 7,
    prepare,
    look,
    isDone: async (folder) => {
      const { trusted, files } = await read(join(folder, 'served'));
      return (trusted.targets?.version ?? 0) >= 2 && files.has('2.root.json');
    },
    again: (folder) => renewChannel(join(folder, 'good'), keysIn(folder), ago()),
  });
});
