import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { initChannelIn, keysIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

const ONE_KEY = ['root', 'targets', 'key_mgr'].flatMap((role) => ['--threshold', `${role}=1/1`]);

test('a ceremony that is killed leaves no channel or a whole one, and the next ceremony brings it to its end', async () => {
  await killAtEachStep({
    argv: ['init', 'good', ...ONE_KEY],
    prepare: makeChannel,
    // Each run pays the full price of a passphrase.
    stride: 7,
    isDone: async (folder) => {
      const channel = join(folder, 'good');
      if ((await stat(join(channel, 'tuf', 'timestamp.json')).catch(() => undefined)) === undefined) return false;
      return (await read(channel)).trusted.root.version === 1;
    },
    again: async (folder) => {
      await initChannelIn(folder);
      assert.deepEqual((await readdir(keysIn(folder).keys)).sort(), ['1.root.json', 'offline', 'online']);
      await signChannelIn(folder);
    },
  });
});
