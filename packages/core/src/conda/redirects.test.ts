import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../json/value.ts';
import type { RecordMap } from './record-maps.ts';
import { checkRedirects, indexRedirects, infoRedirects, recordRedirects, withoutHeadRedirects } from './redirects.ts';
import { scanRepodata } from './repodata.ts';

const CHANNEL = 'https://repo.example/team/channel';

function checkInfo(info: Record<string, JsonValue>, channelUrl: string | undefined, allowHosts: string[] = []) {
  const rules = { subdir: 'noarch', allowHosts, ...(channelUrl === undefined ? {} : { channelUrl }) };
  checkRedirects(infoRedirects(new Map(Object.entries(info))), rules);
}

test('an index without redirects has none, and empty addresses are none', () => {
  assert.deepEqual(infoRedirects(new Map<string, JsonValue>([['subdir', 'noarch']])), []);
  assert.deepEqual(
    infoRedirects(new Map<string, JsonValue>(Object.entries({ base_url: '', shards_base_url: '' }))),
    [],
  );
  assert.deepEqual(infoRedirects(undefined), []);
});

test('an address within the channel passes, absolute or relative', () => {
  for (const base of ['../noarch', './', 'shards/', CHANNEL, `${CHANNEL}/`, `${CHANNEL}/noarch/`]) {
    checkInfo({ base_url: base, shards_base_url: base }, CHANNEL);
    checkInfo({ base_url: base }, `${CHANNEL}/`);
  }
  checkInfo({ base_url: '../noarch' }, undefined);
});

test('an address outside the channel is refused unless its host is allowed', () => {
  const cases = [
    'https://evil.example/x',
    '//evil.example/x',
    `${CHANNEL}-evil/`,
    '../..',
    '../../other',
    'file:///etc',
  ];
  cases.push('https://repo.example.evil.example/team/channel', 'https://user@repo.example/team/channel', 'data:,x');
  cases.push('../%2e%2e/x', 'a%2f..%2f..%2f..%2fx', `http://repo.example/team/channel`, '\\\\evil.example\\x');
  for (const base of cases) {
    for (const channel of [CHANNEL, undefined]) {
      assert.throws(() => checkInfo({ base_url: base }, channel), { code: 'unsafe-index' }, base);
    }
  }
  checkInfo({ base_url: 'https://cdn.example/x' }, CHANNEL, ['cdn.example']);
  assert.throws(() => checkInfo({ base_url: 'https://cdn.example:444/x' }, CHANNEL, ['cdn.example']), {
    code: 'unsafe-index',
  });
});

test('the refusal names the member and the host, to the owner also the option that allows it', () => {
  const message = /noarch: `info\.base_url` leads out of the channel, to cdn\.example/;
  const index = { base_url: 'https://cdn.example/x' };
  assert.throws(() => checkInfo(index, undefined), { message, hint: /--allow-host cdn\.example/ });
  assert.throws(() => checkInfo(index, CHANNEL), { message, hint: /tell the owner of the channel\.$/ });
});

test('related channels and detectors are refused whatever they hold', () => {
  for (const member of ['channel_relations', 'virtual_package_detectors']) {
    assert.throws(() => checkInfo({ [member]: new Map() }, CHANNEL, ['cdn.example']), { code: 'unsafe-index' });
  }
});

test('a record may state its own address, and no other file, host or channel', () => {
  const file = 'a-1-0.conda';
  const check = (members: Record<string, JsonValue>, map: RecordMap = 'packages.conda') =>
    checkRedirects(recordRedirects(file, map, new Map(Object.entries(members))), {
      subdir: 'noarch',
      channelUrl: CHANNEL,
      allowHosts: [],
    });
  check({ fn: file, url: `${CHANNEL}/noarch/${file}`, channel: `${CHANNEL}/noarch` });
  check({ channel: 'channel' });
  assert.deepEqual(recordRedirects('a-1-0', 'v3.conda', new Map([['fn', file]])), []);
  check({ fn: 'a-1-py3-none-any.whl', url: `${CHANNEL}/wheels/a-1-py3-none-any.whl` }, 'v3.whl');
  for (const members of [
    { fn: 'b-1-0.conda' },
    { fn: true },
    { url: `${CHANNEL}/noarch/b-1-0.conda` },
    { url: `${CHANNEL}/noarch/b-1-0.conda?${file}` },
    { url: `https://evil.example/noarch/${file}` },
    { channel: 'conda-forge' },
    { channel: 'https://conda.example/conda-forge/noarch' },
  ]) {
    assert.throws(
      () => check(members),
      { code: 'unsafe-index', message: /noarch\/a-1-0\.conda/ },
      JSON.stringify(members),
    );
  }
});

test('everything in an index that redirects is listed, also where `metadata` stands for `info`', () => {
  const index = {
    info: { base_url: 'x' },
    metadata: { base_url: 'y' },
    packages: { 'a-1-0.tar.bz2': { url: 'z' }, 'b-1-0.tar.bz2': { fn: 'b-1-0.tar.bz2' } },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(index));
  assert.deepEqual(
    indexRedirects(scanRepodata(bytes, { maxBytes: 1000, maxDepth: 9 })).map(({ field, file }) => [field, file]),
    [
      ['info.base_url', undefined],
      ['metadata.base_url', undefined],
      ['url', 'a-1-0.tar.bz2'],
    ],
  );
});

test('an index without what sends clients elsewhere keeps the rest, byte for byte', () => {
  const rest = '"packages" : { "a-1-0.tar.bz2":{"url":"z"} } }';
  const text = `{ "info": {"subdir": "noarch", "base_url": "x", "channel_relations": {}}, ${rest}`;
  const plain = withoutHeadRedirects(scanRepodata(new TextEncoder().encode(text), { maxBytes: 1000, maxDepth: 9 }));
  assert.equal(new TextDecoder().decode(plain), `{ "info": {"subdir":"noarch"}, ${rest}`);
});
