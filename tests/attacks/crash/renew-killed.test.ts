import { join } from 'node:path';
import { test } from 'node:test';
import { renewChannel } from '@antivenom/publisher';
import { ago, initChannelIn, keysIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

test('a renewal that is killed leaves the old roles or the new ones, and the next renewal works', async () => {
  await killAtEachStep({
    argv: ['renew', 'good'],
    prepare: async (folder) => {
      await makeChannel(folder);
      await initChannelIn(folder, 1);
      await signChannelIn(folder, 1);
    },
    // The root is known as soon as it is there; its keys are the same, so that the old timestamp is good below it.
    isDone: async (folder) => {
      const { trusted, files } = await read(join(folder, 'good'));
      return (trusted.targets?.version ?? 0) >= 2 && files.has('cct/2.root.json');
    },
    again: (folder) => renewChannel(join(folder, 'good'), keysIn(folder), ago()),
  });
});
