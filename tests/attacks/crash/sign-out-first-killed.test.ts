import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { initChannelIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

test('the first sign into another folder, killed, leaves there no channel, the old one or the new one', async () => {
  await killAtEachStep({
    argv: ['sign', 'good', '--out', 'served'],
    published: 'served',
    stride: 4,
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder);
    },
    isDone: async (folder) => {
      const served = join(folder, 'served');
      const isChannel = await stat(join(served, 'tuf', 'timestamp.json')).catch(() => undefined);
      return isChannel !== undefined && (await read(served)).files.has('noarch/repodata.json');
    },
    again: (folder) => signChannelIn(folder, 0, 'served'),
  });
});
