/** py-rattler installs real packages through the gateway. */
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ChannelOwner, fixturesFolder, StagedChannel } from '@antivenom/testkit';
import { installWithRattler, python } from './rattler-client.ts';

const fixtures = fixturesFolder();
const real = fixtures === undefined ? { skip: 'the folder of fixtures is absent' } : {};
const SPECS = ['dependent=2.0', 'small-executable'];
const PACKAGES = ['dependency-2.0-0.conda', 'dependent-2.0-0.conda', 'small-executable-1.0-0.conda'];
const client = python === undefined ? { skip: 'ANTIVENOM_INTEROP_PYTHON is not set' } : {};

describe('real packages', { ...real, ...client }, async () => {
  if (fixtures === undefined || python === undefined) return;
  const source = join(fixtures, 'packages/conda+conda/tests/data/test-recipes');
  const owner = await ChannelOwner.make({ source });
  after(() => owner.remove());

  test('install by the address of the gateway', async () => {
    await using channel = await StagedChannel.of(owner);
    await using gateway = await channel.gateway();
    const url = `${gateway.url}/good`;
    const { ok, error, urls, prefix } = await installWithRattler({ channels: [url], specs: SPECS });
    assert.ok(ok, error);
    assert.deepEqual(
      urls.toSorted(),
      PACKAGES.map((name) => `${url}/noarch/${name}`),
    );
    await access(join(prefix, 'bin/small'));
  });

  test('install by a mirror setting, and remember the address of the channel', async () => {
    await using channel = await StagedChannel.of(owner);
    await using gateway = await channel.gateway();
    const mirrors = { [`${channel.url}/`]: [`${gateway.url}/good/`] };
    const before = channel.server.requests.length;
    const { ok, error, urls } = await installWithRattler({ channels: [channel.url], specs: SPECS, mirrors });
    assert.ok(ok, error);
    assert.deepEqual(
      urls.toSorted(),
      PACKAGES.map((name) => `${channel.url}/noarch/${name}`),
    );
    const asked = channel.server.requests.slice(before).map(({ headers }) => headers['user-agent']);
    assert.ok(
      asked.every((agent) => agent?.startsWith('antivenom/')),
      asked.join(),
    );
  });
});
