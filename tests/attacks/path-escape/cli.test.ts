/** Names that lead out of where they belong: nothing outside the store is written, nothing outside the channel read. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, folderContents, KeyThief, StagedChannel } from '@antivenom/testkit';

const NAMES = [
  '../../escaped',
  '..\\..\\escaped',
  '/tmp/antivenom-escaped',
  'C:\\escaped',
  '..',
  '.',
  'a/b',
  'a\\b',
  'a\0b',
  '%2e%2e%2fescaped',
  '..%2f..%2fescaped',
  'targets/../../escaped',
];

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

/** Whatever stands around the consumer's home. */
async function around(channel: StagedChannel): Promise<string[]> {
  return (await readdir(join(channel.home, '..'), { recursive: true })).filter((path) => /escaped/.test(path));
}

test('refuses roles whose names lead elsewhere, signed with stolen offline keys', async () => {
  for (const name of NAMES) {
    await using channel = await StagedChannel.of(owner);
    await thief.republish(channel.folder, {
      targets: (signed) => {
        const [role] = signed.delegations.roles;
        signed.delegations.roles.unshift({ ...role, name });
      },
      snapshot: (signed) => {
        signed.meta[`${name}.json`] = { ...signed.meta['index.json'] };
      },
    });
    const before = channel.server.requests.length;
    const { status, document } = await channel.verify();
    assert.ok(status === 1, `${JSON.stringify(name)}: ${JSON.stringify(document)}`);
    assert.ok(
      ['unsafe-name', 'malformed', 'missing', 'hash-mismatch', 'length-mismatch', 'threshold-not-met'].includes(
        document.code,
      ),
      document.code,
    );
    for (const { path } of channel.server.requests.slice(before)) {
      assert.match(path, /^\/good\/(tuf|cct|linux-64|noarch|channeldata)/, JSON.stringify(name));
    }
    assert.deepEqual(await around(channel), [], name);
  }
  assert.ok(!existsSync('/tmp/antivenom-escaped') && !existsSync('/tmp/antivenom-escaped.json'));
});

test('refuses targets whose names lead elsewhere, signed with stolen index keys', async () => {
  for (const name of NAMES) {
    await using channel = await StagedChannel.of(owner);
    await thief.republish(channel.folder, {
      index: (signed) => {
        signed.targets[`${name}/repodata.json`] = signed.targets['noarch/repodata.json'];
      },
    });
    const { status, document } = await channel.verify();
    // A name that no delegation covers may also be passed over; it is never asked for and never a subdir.
    assert.ok(status === 0 || status === 1, JSON.stringify(document));
    if (status === 0) assert.deepEqual([...document.subdirs].sort(), ['linux-64', 'noarch'], JSON.stringify(name));
    assert.deepEqual(await around(channel), [], name);
  }
});

test('refuses packages whose names lead elsewhere, signed with stolen index keys', async () => {
  for (const name of [
    '../evil-1.0-0.conda',
    '..\\evil-1.0-0.conda',
    '/evil-1.0-0.conda',
    '%2e%2e%2fevil-1.0-0.conda',
  ]) {
    await using channel = await StagedChannel.of(owner);
    await editIndex(
      channel.folder,
      'linux-64',
      (index) => {
        const record = { ...index['packages.conda']['beta-2.0-h2_0.conda'] };
        const [, stem = ''] = /^(.*)-1\.0-0\.conda$/.exec(name) ?? [];
        index['packages.conda'][name] = { ...record, name: stem, version: '1.0', build: '0' };
      },
      { shards: 'as they were' },
    );
    await thief.republish(channel.folder);
    const { status, document } = await channel.verify();
    assert.equal(status, 1, `${name}: ${JSON.stringify(document)}`);
    assert.match(JSON.stringify(document), /"code":"(unsafe-name|unsafe-index|name-mismatch)"/, name);
  }
});

test('does not ask the server for a package whose escaped name leads out of the channel', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const path of ['noarch/..%2f..%2fsecret%2fgamma-3.0-0.conda', 'noarch/..%5c..%5cgamma-3.0-0.conda']) {
    const before = channel.server.requests.length;
    const told = await channel.run('verify', 'package', `${channel.url}/${path}`, '--channel', channel.url);
    assert.ok(told.status === 1 || told.status === 2, `${path}: ${told.stdout}`);
    for (const { path: asked } of channel.server.requests.slice(before)) {
      assert.match(decodeURIComponent(asked), /^\/good\/(?!.*\.\.)/, path);
    }
  }
});

test('a fingerprint or a channel that is a path is no way into the store', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  for (const fingerprint of ['../../escaped', `../1:${owner.rootFingerprint}`, `1/../2:${owner.rootFingerprint}`]) {
    const told = await channel.run('trust', 'add', channel.url, '--fingerprint', fingerprint);
    assert.deepEqual({ status: told.status, code: told.document.code }, { status: 2, code: 'usage' }, told.stdout);
  }
  for (const url of [`${channel.url}/../../..`, `${channel.url}/%2e%2e/%2e%2e`]) {
    const told = await channel.run('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
    assert.notEqual(told.status, 0, told.stdout);
  }
  assert.deepEqual(await around(channel), []);
  assert.deepEqual(await folderContents(channel.cwd), new Map());
});
