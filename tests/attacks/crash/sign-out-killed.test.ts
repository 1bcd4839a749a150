import { join } from 'node:path';
import { test } from 'node:test';
import {
  changeIndex,
  initChannelIn,
  isChangePublished,
  killAtEachStep,
  makeChannel,
  signChannelIn,
} from './scenario.ts';

test('a sign into another folder that is killed leaves there the old channel or the new one, and the next sign works', async () => {
  await killAtEachStep({
    argv: ['sign', 'good'],
    published: 'served',
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder);
      await signChannelIn(folder, 0, 'served');
      await changeIndex(folder);
    },
    isDone: (folder) => isChangePublished(join(folder, 'served')),
    again: signChannelIn,
  });
});
