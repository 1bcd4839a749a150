/** The same thief, and clients behind a gateway. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type RunningGateway, recordOf, StagedChannel } from '@antivenom/testkit';
import { FILE, FORGOTTEN, OTHER, owner, policyOf, STRICT, THEFTS, team } from './thefts.ts';

after(() => owner.remove());

async function isOffered(gateway: RunningGateway, file: string): Promise<boolean> {
  const [subdir = '', name = ''] = file.split('/');
  return recordOf(await gateway.json(`/good/${subdir}/repodata.json`), name) !== undefined;
}

for (const [how, file, steal] of [
  ...THEFTS.slice(0, 2),
  ['the package of a team that it left out', FILE, FORGOTTEN] as const,
]) {
  test(`offers nobody ${how}, and goes on with the rest`, async () => {
    await using channel = await StagedChannel.of(owner);
    await steal(channel.folder);
    const [, config = ''] = await policyOf(channel, STRICT);
    await using gateway = await channel.gateway('--config', config);
    assert.equal(await isOffered(gateway, file), false);
    assert.match((await gateway.json(`/good/${file}`, 403)).detail, /beta-team/);
    assert.equal((await gateway.ask(`/good/${OTHER}`)).status, 200);
  });
}

test('offers the honest package; looks anew at what is the team’s when its publication changes or expires', async () => {
  await using channel = await StagedChannel.of(owner);
  const bytes = await readFile(join(channel.folder, FILE));
  {
    await using gateway = await channel.gateway();
    assert.equal(await isOffered(gateway, FILE), true);
    assert.deepEqual((await gateway.ask(`/good/${FILE}`)).body, bytes);

    await team.sign('--expiry', '1', '--remove', '*/beta-2.0-*');
    await owner.run('team', 'publish', owner.folder, 'beta-team', team.file);
    await channel.serve(owner.folder);
    await gateway.refresh('good');
    assert.equal(await isOffered(gateway, FILE), false);

    await team.sign(owner.folder, '--expiry', '1', '--paths', '*/beta-*');
    await owner.run('team', 'publish', owner.folder, 'beta-team', team.file);
    await channel.serve(owner.folder);
    await gateway.refresh('good');
    assert.equal(await isOffered(gateway, FILE), true);
  }
  channel.clock = 26 * 3_600_000;
  await using later = await channel.gateway();
  assert.match((await later.json(`/good/${FILE}`, 403)).detail, /beta-team.json expired/);
  assert.equal((await later.ask(`/good/${OTHER}`)).status, 200);
});
