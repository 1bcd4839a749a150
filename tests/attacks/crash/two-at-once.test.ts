import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { antivenom, inFolder } from './command.ts';
import { changeIndex, initChannelIn, isChangePublished, makeChannel, signChannelIn } from './scenario.ts';

test('commands that run at once on one channel go one after the other, and all of them succeed', async () => {
  await inFolder(async (folder) => {
    await makeChannel(folder);
    await initChannelIn(folder, 2);
    await signChannelIn(folder, 2);
    await changeIndex(folder);
    const commands = [['sign'], ['sign'], ['refresh'], ['renew'], ['sign', '--rebuild']];
    const outcomes = await Promise.all(
      commands.map(([name = '', ...more]) => antivenom(folder, [name, 'good', '--json', ...more])),
    );
    for (const { status, stderr, stdout } of outcomes) assert.equal(status, 0, `${stderr}${stdout}`);
    const signed = outcomes.map(({ stdout }) => JSON.parse(stdout)).filter(({ records }) => records !== undefined);
    assert.deepEqual(
      signed.map(({ published }) => published).sort(),
      [false, false, true],
      'the change is published once',
    );
    assert.ok(await isChangePublished(join(folder, 'good')));
  });
});
