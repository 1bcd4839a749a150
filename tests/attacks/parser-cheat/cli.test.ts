/** Bytes that two parsers read differently, or that cost without end. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make({
  packages: [
    { name: 'alpha', version: '1.0', subdir: 'linux-64' },
    { name: '__proto__', version: '1.0' },
    { name: 'constructor', version: '1.0' },
    { name: 'gamma', version: '3.0' },
  ],
});
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const CHEATS: Readonly<Record<string, (text: string) => string | Buffer>> = {
  'a byte order mark': (text) => `\ufeff${text}`,
  'invalid UTF-8': (text) =>
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.of(0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)]),
  'an overlong encoding': (text) =>
    Buffer.concat([Buffer.from(`${text.slice(0, -1)},"`), Buffer.of(0xc0, 0xaf), Buffer.from('":1}')]),
  'a lone surrogate': (text) => `${text.slice(0, -1)},"x":"\\ud800"}`,
  'a number too large': (text) => `${text.slice(0, -1)},"x":1e999}`,
  NaN: (text) => `${text.slice(0, -1)},"x":NaN}`,
  'nesting 100,000 deep': (text) => `${text.slice(0, -1)},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'objects 100,000 deep': (text) => `${text.slice(0, -1)},"x":${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  'a key twice': (text) => text.replace('{', '{"signatures":[],'),
  'a key twice, once escaped': (text) => text.replace('{', '{"\\u0073igned":{},'),
  'a comment': (text) => `/* good */${text}`,
  'a comma too many': (text) => `${text.slice(0, -1)},}`,
  'something behind the end': (text) => `${text}{}`,
  'a NUL': (text) => `${text}\0`,
};

test('refuses trust metadata that parsers disagree about, in bounded time', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const genuine = await readFile(join(owner.folder, 'tuf/timestamp.json'), 'utf8');
  for (const [what, cheat] of Object.entries(CHEATS)) {
    channel.answer('tuf/timestamp.json', { status: 200, body: cheat(genuine) });
    const code = /deep/.test(what) ? ['malformed', 'length-mismatch'] : 'malformed';
    await channel.refused({ status: 1, code, names: /timestamp/ }, 'verify', 'channel', channel.url);
  }
});

test('refuses such a root to be trusted', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const genuine = await readFile(join(owner.folder, 'tuf/1.root.json'), 'utf8');
  for (const cheat of ['a byte order mark', 'a key twice', 'nesting 100,000 deep', 'a number too large']) {
    await channel.edit('tuf/1.root.json', () => CHEATS[cheat]?.(genuine) ?? assert.fail());
    const file = join(channel.folder, 'tuf/1.root.json');
    await channel.refused({ status: 1, code: 'malformed', names: /root/ }, 'trust', 'add', channel.url, '--root', file);
  }
});

test('refuses an index that parsers disagree about, under index keys that were stolen', async () => {
  const cheats = [
    'a byte order mark',
    'invalid UTF-8',
    'a lone surrogate',
    'a number too large',
    'nesting 100,000 deep',
    'something behind the end',
  ];
  for (const cheat of cheats) {
    await using channel = await StagedChannel.of(owner);
    for (const name of ['repodata.json', 'current_repodata.json']) {
      await channel.edit(`linux-64/${name}`, (bytes) => CHEATS[cheat]?.(String(bytes).trimEnd()) ?? assert.fail());
    }
    await thief.republish(channel.folder);
    const { status, document } = await channel.verify();
    assert.equal(status, 1, `${cheat}: ${JSON.stringify(document)}`);
    assert.match(JSON.stringify(document), /"code":"malformed"/, cheat);
  }
});

test('refuses an index with a record twice, under index keys that were stolen', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(
    channel.folder,
    'linux-64',
    (index) => JSON.stringify(index).replace('"packages.conda":{', '"packages.conda":{"alpha-1.0-0.conda":{},'),
    { shards: 'as they were' },
  );
  await thief.republish(channel.folder);
  const { status, document } = await channel.verify();
  assert.equal(status, 1, JSON.stringify(document));
  assert.match(JSON.stringify(document), /"code":"malformed"/);
});

test('takes names that JavaScript keeps for itself as ordinary ones', async () => {
  await using channel = await StagedChannel.of(owner);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 4, signed: 4, refused: 0 });
  for (const file of ['noarch/__proto__-1.0-0.conda', 'noarch/constructor-1.0-0.conda']) {
    await channel.accept('verify', 'package', `${channel.url}/${file}`, '--channel', channel.url);
  }
  await channel.refused(
    { status: 1, code: 'not-listed' },
    ...['verify', 'package', `${channel.url}/noarch/toString-1.0-0.conda`, '--channel', channel.url],
  );
});
