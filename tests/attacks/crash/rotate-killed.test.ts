import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { namesIfThere } from '@antivenom/node';
import { rotateRole } from '@antivenom/publisher';
import { ago, initChannelIn, keysIn, killAtEachStep, makeChannel, read, signChannelIn } from './scenario.ts';

for (const [role, stride] of [
  ['timestamp', 2],
  ['pkg_mgr', 7],
] as const) {
  test(`a rotation of ${role} that is killed leaves the old keys or the new ones, and the next one works`, async () => {
    await killAtEachStep({
      argv: ['rotate', 'good', role],
      stride,
      prepare: async (folder) => {
        await makeChannel(folder);
        await initChannelIn(folder, 1);
        await signChannelIn(folder, 1);
      },
      isDone: async (folder) => {
        const { trusted } = await read(join(folder, 'good'));
        return role === 'timestamp' ? trusted.root.version >= 2 : (trusted.targets?.version ?? 0) >= 2;
      },
      again: async (folder) => {
        await rotateRole(join(folder, 'good'), role, keysIn(folder), ago());
        // Key files that nothing names are in nobody's way.
        const names = await namesIfThere(join(keysIn(folder).keys, 'online'));
        assert.equal(names.filter((name) => name.startsWith(`${role}-`)).length, 1, names.join());
      },
    });
  });
}
