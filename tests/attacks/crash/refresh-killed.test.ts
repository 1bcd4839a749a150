import { join } from 'node:path';
import { test } from 'node:test';
import { refreshChannel } from '@antivenom/publisher';
import { ago, initChannelIn, keysIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

test('a refresh that is killed leaves the old roles or the new ones, and the next refresh works', async () => {
  await killAtEachStep({
    argv: ['refresh', 'good'],
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder, 4);
      await signChannelIn(folder, 4);
      // The timestamp lasts three days: one that is still good, so that the old channel can be read.
      await refreshChannel(join(folder, 'good'), keysIn(folder), ago(2));
    },
    isDone: async (folder) => (await read(join(folder, 'good'))).trusted.timestamp?.version === 4,
    again: (folder) => refreshChannel(join(folder, 'good'), keysIn(folder), ago()),
  });
});
