/** Addresses, channel relations, detectors and file names with path parts put into an index to lead clients elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRecordNames, checkRedirects, indexRedirects, scanRepodata } from '@antivenom/core';

const CHANNEL = 'https://repo.example/channel';
const FILE = 'zlib-1.3-h1_0.conda';
const RECORD = { name: 'zlib', version: '1.3', build: 'h1_0', subdir: 'linux-64' };

function check(info: object, record: object = RECORD, allowHosts: string[] = [], file = FILE): void {
  const index = { info: { subdir: 'linux-64', ...info }, 'packages.conda': { [file]: record } };
  const repodata = scanRepodata(new TextEncoder().encode(JSON.stringify(index)), { maxBytes: 100_000, maxDepth: 20 });
  checkRedirects(indexRedirects(repodata), { subdir: 'linux-64', channelUrl: CHANNEL, allowHosts });
  for (const slice of repodata.records) checkRecordNames('linux-64', slice.file, slice.map, repodata.record(slice));
}

test('an index that stays within its channel passes', () => {
  check({});
  check(
    { base_url: `${CHANNEL}/linux-64/`, shards_base_url: './shards/' },
    { ...RECORD, fn: FILE, url: `${CHANNEL}/linux-64/${FILE}` },
  );
});

test('packages or shards from another host are refused by name, and pass once the owner allows that host', () => {
  for (const member of ['base_url', 'shards_base_url']) {
    const info = { [member]: 'https://evil.example/channel/linux-64' };
    assert.throws(() => check(info), { code: 'unsafe-index', message: new RegExp(`info\\.${member}.*evil\\.example`) });
    check(info, RECORD, ['evil.example']);
  }
});

test('a host that only looks like the channel’s is another host', () => {
  for (const base_url of [
    'https://repo.example.evil.example/channel',
    'https://repo.example@evil.example/channel',
    'https://repo.example:8443/channel',
    'https://repo.example/channel-evil',
    'https://repo.example/channel/../evil',
    'https://repo.example/channel/%2e%2e/evil',
    'https://repo.example/channel/..%2fevil',
    '//evil.example/channel',
    '\\\\evil.example\\channel',
    'javascript:alert(1)',
  ]) {
    assert.throws(() => check({ base_url }), { code: 'unsafe-index' }, base_url);
  }
});

test('another channel or a detector in the index is refused, whatever hosts are allowed', () => {
  for (const info of [
    { channel_relations: { base: ['https://evil.example/channel'] } },
    { virtual_package_detectors: { cuda: 'https://evil.example/detect' } },
  ]) {
    assert.throws(() => check(info, RECORD, ['evil.example']), { code: 'unsafe-index' });
  }
});

test('a record that names another file, address or channel is refused', () => {
  for (const more of [
    { fn: 'evil-1-0.conda' },
    { url: `https://evil.example/linux-64/${FILE}` },
    { channel: 'https://evil.example/channel' },
    { channel: 'evil' },
  ]) {
    assert.throws(() => check({}, { ...RECORD, ...more }), { code: 'unsafe-index', message: /linux-64\/zlib/ });
  }
});

test('a file name with path parts is refused, also where the record spells it', () => {
  for (const name of ['../../evil', '/etc/evil', 'evil/x', 'a\\b', 'C:evil', 'evil\u0000', '%2e%2e']) {
    const record = { ...RECORD, name };
    assert.throws(() => check({}, record, [], `${name}-1.3-h1_0.conda`), { code: 'unsafe-name' }, name);
  }
});
