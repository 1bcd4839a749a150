import { join } from 'node:path';
import { test } from 'node:test';
import { refreshChannel } from '@antivenom/publisher';
import {
  ago,
  changeIndex,
  fillDiskAtEachStep,
  initChannelIn,
  isChangePublished,
  keysIn,
  makeChannel,
  read,
  signChannelIn,
} from './scenario.ts';

test('a sign that fills the disk says so, loses nothing, and works once there is space', async () => {
  await fillDiskAtEachStep({
    argv: ['sign', 'good'],
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder);
      await signChannelIn(folder);
      await changeIndex(folder);
    },
    isDone: (folder) => isChangePublished(join(folder, 'good')),
    again: signChannelIn,
  });
});

test('so does a refresh', async () => {
  await fillDiskAtEachStep({
    argv: ['refresh', 'good'],
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder, 2);
      await signChannelIn(folder, 2);
    },
    isDone: async (folder) => (await read(join(folder, 'good'))).trusted.timestamp?.version === 3,
    again: (folder) => refreshChannel(join(folder, 'good'), keysIn(folder), ago()),
  });
});
