/** The rattler of npm solves what the gateway offers, and nothing of a channel that is refused. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  coverListedNames,
  editIndex,
  type RunningGateway,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';
import { simpleSolve } from '@conda-org/rattler';

const owner = await ChannelOwner.make();
after(() => owner.remove());

/** File names, sorted; or that it was refused. */
async function solve(gateway: RunningGateway, spec: string): Promise<string[]> {
  const solved = await simpleSolve([spec], [`${gateway.url}/good`], ['linux-64', 'noarch'], []);
  for (const { url } of solved) assert.ok(url.startsWith(`${gateway.url}/good/`), url);
  return solved.map(({ filename }) => filename).sort();
}

test('it solves through the gateway', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  assert.deepEqual(await solve(gateway, 'beta'), ['alpha-1.0-h1_0.conda', 'beta-2.0-h2_0.conda']);
});

test('it solves without what the gateway leaves out', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await channel.policy(`channels:
  - {name: internal, url: "https://internal.example/x"}
packages:
  - {match: beta, channel: internal}
`);
  await using gateway = await channel.gateway(...policy);
  assert.deepEqual(await solve(gateway, 'alpha'), ['alpha-1.0-h1_0.conda']);
  await assert.rejects(solve(gateway, 'beta'), /beta/);
});

test('it solves nothing of an index that nobody signed', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    recordOf(index, 'beta-2.0-h2_0.conda').depends = [];
  });
  await coverListedNames(channel.folder);
  await using gateway = await channel.gateway();
  await assert.rejects(solve(gateway, 'gamma'), /451/);
});
