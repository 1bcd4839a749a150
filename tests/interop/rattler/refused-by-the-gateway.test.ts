/** py-rattler behind the gateway is told in its own words that what was tampered with is refused, and installs nothing of it. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ChannelOwner, coverListedNames, editIndex, KeyThief, recordOf, StagedChannel } from '@antivenom/testkit';
import { installWithRattler, python } from './rattler-client.ts';

const client = python === undefined ? { skip: 'ANTIVENOM_INTEROP_PYTHON is not set' } : {};

describe('what was tampered with', client, async () => {
  if (python === undefined) return;
  const owner = await ChannelOwner.make();
  const thief = await KeyThief.of(owner);
  after(() => owner.remove());

  /** @param says what rattler tells of the gateway's refusal */
  async function refused(channel: StagedChannel, says: RegExp): Promise<void> {
    await using gateway = await channel.gateway();
    const plan = { specs: ['beta'], mirrors: { [`${channel.url}/`]: [`${gateway.url}/good/`] } };
    const { ok, error, urls } = await installWithRattler({ ...plan, channels: [channel.url] });
    assert.equal(ok, false);
    assert.match(error ?? '', says);
    assert.deepEqual(
      urls.filter((url) => url.includes('beta')),
      [],
    );
  }

  test('the same channel, untouched, installs', async () => {
    await using channel = await StagedChannel.of(owner);
    await using gateway = await channel.gateway();
    const { ok, error, urls } = await installWithRattler({ channels: [`${gateway.url}/good`], specs: ['beta'] });
    assert.ok(ok, error);
    assert.deepEqual(urls.map((url) => url.replace(/.*\//, '')).sort(), [
      'alpha-1.0-h1_0.conda',
      'beta-2.0-h2_0.conda',
    ]);
  });

  test('an index that nobody signed', async () => {
    await using channel = await StagedChannel.of(owner);
    await editIndex(channel.folder, 'linux-64', (index) => {
      recordOf(index, 'beta-2.0-h2_0.conda').depends = [];
    });
    await coverListedNames(channel.folder);
    await refused(channel, /451/);
  });

  test('a subdir that is hidden', async () => {
    await using channel = await StagedChannel.of(owner);
    channel.server.answerAll((path) => (path.includes('linux-64') ? { status: 404 } : undefined));
    await refused(channel, /451/);
  });

  test('an old index, once it has expired', async () => {
    await using channel = await StagedChannel.of(owner);
    channel.clock = 10 * 86_400_000;
    await refused(channel, /451/);
  });

  test('a shard that is another one', async () => {
    await using channel = await StagedChannel.of(owner);
    channel.server.answerAll((path) =>
      /\/linux-64\/[0-9a-f]{64}\.msgpack\.zst$/.test(path) ? { body: 'another shard' } : undefined,
    );
    await refused(channel, /451/);
  });

  test('a package that is another one', async () => {
    await using channel = await StagedChannel.of(owner);
    await channel.edit('linux-64/beta-2.0-h2_0.conda', (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
    await refused(channel, /502/);
  });

  test('an index that sends clients to another host, also where a thief of the online keys signed it', async () => {
    await using channel = await StagedChannel.of(owner);
    await editIndex(channel.folder, 'linux-64', (index) => {
      index.info.base_url = 'https://evil.example/linux-64/';
    });
    await thief.republish(channel.folder);
    await refused(channel, /451/);
  });

  test('a record whose hashes were taken away is in no form of the index', async () => {
    await using channel = await StagedChannel.of(owner);
    await editIndex(channel.folder, 'linux-64', (index) => {
      delete recordOf(index, 'beta-2.0-h2_0.conda').sha256;
    });
    await thief.republish(channel.folder);
    await refused(channel, /beta|No candidates/);
  });

  test('a signed package whose contents belie it', async (t) => {
    const liar = await ChannelOwner.make({
      packages: [
        { name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64', lies: { index: { name: 'gamma' } } },
      ],
    });
    t.after(() => liar.remove());
    await using channel = await StagedChannel.of(liar);
    await refused(channel, /403/);
  });
});
