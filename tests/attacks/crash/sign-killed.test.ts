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

test('a sign that is killed leaves the old channel or the new one, and the next sign works', async () => {
  await killAtEachStep({
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
