import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { describe, test } from 'node:test';
import type { FetcherOptions } from '@antivenom/client';
import { ChannelServer, ForwardProxy } from '@antivenom/testkit';
import { Downloads } from '../downloads.ts';

const REFUSED = { code: 'redirect-refused', exitStatus: 1 };

/** Names of the test, each with its answers in turn, the last for ever. */
function names(answers: Readonly<Record<string, readonly string[]>>): NonNullable<FetcherOptions['lookup']> {
  const left = new Map(Object.entries(answers).map(([host, list]) => [host, [...list]]));
  return (host, options, callback) => {
    const list = left.get(host) ?? [];
    const address = (list.length > 1 ? list.shift() : list[0]) ?? '';
    if (address === '') return callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), '');
    const found: LookupAddress[] = address
      .split(' ')
      .map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 }));
    return options.all ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family);
  };
}

/**
 * A public channel, reached through a real proxy (no test has a server on the public internet), which redirects where it
 * likes; the private server is reached without the proxy.
 */
async function publicChannel(lookup: FetcherOptions['lookup']) {
  const channel = await ChannelServer.start();
  const hosts = new Map(
    ['channel.test', 'cdn.test'].map((host) => [host, { host: '127.0.0.1', port: channel.port }] as const),
  );
  const proxy = await ForwardProxy.start({ hosts });
  const environment = { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: '.direct.test' };
  return {
    channel,
    proxy,
    downloads: new Downloads({ environment, ...(lookup && { lookup }) }),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await channel.close();
    },
  };
}

describe('ssrf in downloads', () => {
  test('follows a public server to another public one', async () => {
    await using here = await publicChannel(undefined);
    here.channel.answer('/x', { redirect: 'http://cdn.test/good' });
    here.channel.answer('/good', { body: 'good' });
    assert.equal(await here.downloads.text('http://channel.test/x'), 'good');
  });

  test('follows no public server to an address of this machine or network, however it is spelt', async () => {
    await using here = await publicChannel(undefined);
    await using secret = await ChannelServer.start();
    secret.answerAll(() => ({ body: 'secret' }));
    for (const host of [
      ...[
        '127.0.0.1',
        '127.1',
        '2130706433',
        '0x7f.1',
        '0177.0.0.1',
        '0.0.0.0',
        'localhost',
        'LOCALHOST',
        'localhost.',
      ],
      ...[
        'a.localhost',
        '[::1]',
        '[::]',
        '[::ffff:127.0.0.1]',
        '[::ffff:7f00:1]',
        '[::127.0.0.1]',
        '[64:ff9b::7f00:1]',
      ],
      ...[
        '10.0.0.1',
        '172.16.0.1',
        '192.168.1.1',
        '100.64.0.1',
        '169.254.169.254',
        '[fe80::1]',
        '[fd00::1]',
        '[fc00::1]',
      ],
    ]) {
      here.channel.answer('/x', { redirect: `http://${host}:${secret.port}/x` });
      await assert.rejects(here.downloads.text('http://channel.test/x'), REFUSED, host);
    }
    assert.equal(secret.connections, 0);
  });

  test('looks at the address that a name has when it is connected to', async () => {
    await using secret = await ChannelServer.start();
    secret.answerAll(() => ({ body: 'secret' }));
    const lookup = names({
      'inside.direct.test': ['127.0.0.1'],
      'both.direct.test': ['127.0.0.1 10.0.0.1 fd00::1'],
      // Named by the user before: the connection that was kept must not serve a redirect.
      'known.direct.test': ['127.0.0.1'],
    });
    await using here = await publicChannel(lookup);
    const port = secret.port;
    assert.equal(await here.downloads.text(`http://known.direct.test:${port}/warm`), 'secret', 'named by the user');
    for (const host of ['inside', 'both', 'known']) {
      here.channel.answer('/x', { redirect: `http://${host}.direct.test:${port}/x` });
      await assert.rejects(here.downloads.text('http://channel.test/x'), REFUSED, host);
    }
    assert.deepEqual(
      secret.requests.map(({ path }) => path),
      ['/warm'],
    );
    assert.equal(secret.connections, 1, 'what was refused was not even connected to');
  });

  test('follows a server of this machine to this machine, and not into the network', async () => {
    await using server = await ChannelServer.start();
    await using other = await ChannelServer.start();
    other.answer('/good', { body: 'good' });
    const downloads = new Downloads({ lookup: names({ 'here.test': ['127.0.0.1'], 'network.test': ['10.0.0.1'] }) });
    for (const host of ['127.0.0.1', 'here.test']) {
      server.answer('/x', { redirect: `http://${host}:${other.port}/good` });
      assert.equal(await downloads.text(`${server.url}/x`), 'good', host);
    }
    for (const host of ['10.0.0.1', '169.254.169.254', '192.168.0.1', 'network.test']) {
      server.answer('/x', { redirect: `http://${host}/x` });
      await assert.rejects(downloads.text(`${server.url}/x`), REFUSED, host);
    }
  });

  test('does not come back from a public server, though it began on this machine', async () => {
    await using here = await publicChannel(names({ 'inside.direct.test': ['127.0.0.1'] }));
    await using local = await ChannelServer.start();
    local.answer('/x', { redirect: 'http://channel.test/back' });
    local.answer('/secret', { body: 'secret' });
    for (const host of ['127.0.0.1', 'inside.direct.test']) {
      here.channel.answer('/back', { redirect: `http://${host}:${local.port}/secret` });
      await assert.rejects(here.downloads.text(`${local.url}/x`), REFUSED, host);
    }
    assert.ok(local.requests.every(({ path }) => path === '/x'));
  });
});
