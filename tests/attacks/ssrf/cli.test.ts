/** A public server that sends its readers to addresses which only their own network can reach. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, ChannelServer, ForwardProxy, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const PRIVATE = [
  'http://127.0.0.1:1/latest/meta-data',
  'http://localhost:1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://0.0.0.0/',
  'http://[::1]/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://127.1/',
];

test('refuses a redirect from a public server to a private address, which is never asked for', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const hosts = new Map([['channel.example', { host: '127.0.0.1', port: channel.server.port }]]);
  await using proxy = await ForwardProxy.start({ hosts });
  channel.env = { http_proxy: `http://${proxy.host}` };
  const url = 'http://channel.example/good';
  await channel.accept('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
  await channel.accept('verify', 'channel', url);
  for (const redirect of PRIVATE) {
    channel.answer('tuf/timestamp.json', { redirect });
    const before = proxy.requests.length;
    await channel.refused({ status: 1, code: 'redirect-refused' }, 'verify', 'channel', url);
    assert.ok(
      proxy.requests.slice(before).every((line) => line.includes('channel.example')),
      proxy.requests.slice(before).join(),
    );
  }
});

test('a server at a private address may redirect to its like, and the channel passes', async () => {
  await using other = await ChannelServer.start(owner.folder);
  await using channel = await StagedChannel.of(owner);
  channel.answer('tuf/timestamp.json', { redirect: `${other.url}/tuf/timestamp.json` });
  await channel.accept('verify', 'channel', channel.url);
});

test('the gateway asks no private address for a client either', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const hosts = new Map([['channel.example', { host: '127.0.0.1', port: channel.server.port }]]);
  await using proxy = await ForwardProxy.start({ hosts });
  channel.env = { http_proxy: `http://${proxy.host}` };
  const url = 'http://channel.example/good';
  await channel.accept('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
  await using gateway = await channel.gateway('--channel', `public=${url}`);
  const path = 'noarch/gamma-3.0-0.conda';
  for (const redirect of PRIVATE) {
    channel.answer(path, { redirect });
    assert.equal((await gateway.json(`/public/${path}`, 502)).code, 'redirect-refused', redirect);
  }
  assert.ok(proxy.requests.every((line) => line.includes('channel.example') || line.includes('127.0.0.1')));
  channel.answer(path, undefined);
  assert.equal((await gateway.ask(`/public/${path}`)).status, 200);
});
