/** A package name that policy binds to one channel, offered by another. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make({
  packages: [
    { name: 'internal-tool', version: '1.0' },
    { name: 'my-internal-tool', version: '1.0' },
    { name: 'internal', version: '1.0' },
    { name: 'gamma', version: '3.0' },
  ],
});
const attacker = await ChannelOwner.make({
  packages: [
    { name: 'internal-tool', version: '99.0' },
    { name: 'my-internal-tool', version: '99.0' },
    { name: 'internal', version: '99.0' },
    { name: 'gamma', version: '99.0' },
  ],
});
after(async () => {
  await owner.remove();
  await attacker.remove();
});

function policyOf(good: string, other: string, match = 'internal-*'): string {
  return [
    'channels:',
    `  - {name: good, url: "${good}"}`,
    `  - {name: other, url: "${other}"}`,
    'packages:',
    `  - {match: "${match}", channel: good}`,
    '',
  ].join('\n');
}

test('refuses a bound name from any other channel, however well signed, and only such names', async () => {
  await using good = await StagedChannel.of(owner);
  await using other = await StagedChannel.of(attacker);
  const policy = await other.policy(policyOf(good.url, other.url));
  const evil = `${other.url}/noarch/internal-tool-99.0-0.conda`;
  await other.accept('verify', 'package', evil, '--channel', other.url);
  const refusal = { status: 1, code: 'policy-refused', names: /internal-tool/ } as const;
  await other.refused(refusal, 'verify', 'package', evil, '--channel', other.url, ...policy);
  for (const name of ['my-internal-tool', 'internal', 'gamma']) {
    const file = `${other.url}/noarch/${name}-99.0-0.conda`;
    await other.accept('verify', 'package', file, '--channel', other.url, ...policy);
  }
  const { refused } = (await other.verify(...policy)).document;
  assert.deepEqual(
    refused.map(({ file, code }: { file: string; code: string }) => `${code} ${file}`),
    ['policy-refused noarch/internal-tool-99.0-0.conda'],
  );

  const mine = await good.policy(policyOf(good.url, other.url));
  const genuine = `${good.url}/noarch/internal-tool-1.0-0.conda`;
  await good.accept('verify', 'package', genuine, '--channel', good.url, ...mine);
  await good.accept('verify', 'channel', good.url, ...mine);
});

test('a policy at its place in the home counts without being named', async () => {
  await using other = await StagedChannel.of(attacker, { seen: true });
  await writeFile(join(other.home, 'antivenom.yaml'), policyOf('https://channel.example/good', other.url));
  const file = `${other.url}/noarch/internal-tool-99.0-0.conda`;
  await other.refused({ status: 1, code: 'policy-refused' }, 'verify', 'package', file, '--channel', other.url);
});

test('a mistake in the policy stops everything, with its line and column', async () => {
  await using other = await StagedChannel.of(attacker);
  for (const [text, place] of [
    ['packages:\n  - {match: "internal-*", chanel: good}\n', /policy\.yaml:2:\d+: /],
    ['packages:\n  - {match: "internal-*", channel: nowhere}\n', /policy\.yaml:2:\d+: /],
    ['channels: {\n', /policy\.yaml:\d+:\d+: /],
    ['pakages: []\n', /policy\.yaml:1:1: /],
  ] as const) {
    const policy = await other.policy(text);
    await other.refused({ status: 2, code: 'policy-invalid', names: place }, 'verify', 'channel', other.url, ...policy);
  }
});
