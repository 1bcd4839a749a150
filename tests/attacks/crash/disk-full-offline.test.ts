import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { renewChannel } from '@antivenom/publisher';
import { ago, fillDiskAtEachStep, initChannelIn, keysIn, makeChannel, read, signChannelIn } from './scenario.ts';

test('a renewal that fills the disk says so, loses nothing, and works once there is space', async () => {
  await fillDiskAtEachStep({
    argv: ['renew', 'good'],
    stride: 2,
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder, 1);
      await signChannelIn(folder, 1);
    },
    isDone: async (folder) => ((await read(join(folder, 'good'))).trusted.targets?.version ?? 0) >= 2,
    again: (folder) => renewChannel(join(folder, 'good'), keysIn(folder), ago()),
  });
});

test('so does a ceremony', async () => {
  await fillDiskAtEachStep({
    argv: ['init', 'good', '--for', 'none'],
    stride: 10,
    prepare: makeChannel,
    isDone: async (folder) => {
      const names = await readdir(join(folder, 'good', 'tuf')).catch((): string[] => []);
      return names.includes('timestamp.json') && (await read(join(folder, 'good'))).trusted.root.version === 1;
    },
    again: (folder) => initChannelIn(folder),
  });
});
