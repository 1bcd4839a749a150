import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type FetcherOptions, RedactedUrl } from '@antivenom/client';
import { type CannedAnswer, ChannelServer, ForwardProxy, selfSignedCertificate } from '@antivenom/testkit';
import { Downloads, HASTY_LIMITS } from '../downloads.ts';

const USER = 'zoe-user';
const PASSWORD = 'hunter2-password';
const TOKEN = 'tk-123-token';
const QUERY = 's3cret-signature';
const SECRETS = [USER, PASSWORD, TOKEN, QUERY, Buffer.from(`${USER}:${PASSWORD}`).toString('base64')];

const withSecrets = (url: string) => `${url.replace('://', `://${USER}:${PASSWORD}@`)}/t/${TOKEN}/good/x?sig=${QUERY}`;
const PATH = `/t/${TOKEN}/good/x?sig=${QUERY}`;

/** Whatever an error says, shows or holds, hidden properties and causes included. */
function assertSilent(error: unknown): void {
  const shown = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error)];
  for (const text of shown) for (const secret of SECRETS) assert.ok(!text.includes(secret), text);
}

describe('token-leak in downloads', () => {
  test('brings credentials to the server they are for', async () => {
    await using server = await ChannelServer.start();
    server.answer(PATH, { body: 'good' });
    assert.equal(await new Downloads().text(withSecrets(server.url)), 'good');
    const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
    assert.equal(server.requests[0]?.headers.authorization, basic);
  });

  test('shows none in any failure, nor in progress', async () => {
    await using server = await ChannelServer.start();
    const failures: CannedAnswer[] = [
      ...[400, 401, 403, 407, 429, 500].map((status) => ({ status })),
      { reset: true },
      { hang: 'answer' },
      { body: 'short', cutAt: 2 },
      { body: 'x'.repeat(2000) },
      { body: 'x', headers: { 'content-encoding': 'gzip' } },
      { endless: true, trickle: { bytes: 1, everyMs: 20 } },
      { redirect: 'file:///etc/passwd' },
      { redirect: PATH },
      { redirect: `http://10.0.0.1/${TOKEN}` },
      { redirect: `http://${PASSWORD}.test/x` },
      { redirect: '/other/500' },
    ];
    server.answer('/other/500', { status: 500 });
    const labels: string[] = [];
    const progress: FetcherOptions['progress'] = {
      start: (label) => {
        labels.push(label);
        return { advance() {}, done() {} };
      },
    };
    for (const failure of failures) {
      server.answer(PATH, failure);
      for (const way of ['text', 'streamed'] as const) {
        const downloads = new Downloads({ limits: HASTY_LIMITS, progress });
        const error = await downloads[way](withSecrets(server.url)).then(assert.fail, (thrown: unknown) => thrown);
        assert.ok(error instanceof Error && 'code' in error, inspect(failure));
        assertSilent(error);
      }
    }
    assert.ok(labels.length > 0);
    assertSilent(labels);
  });

  test('shows none where nobody answers, TLS fails or the proxy refuses', async () => {
    const server = await ChannelServer.start(undefined, { tls: selfSignedCertificate('127.0.0.1') });
    await using proxy = await ForwardProxy.start({ hosts: new Map() });
    const environment = { HTTPS_PROXY: `http://${USER}:${PASSWORD}@${proxy.host}` };
    const fail = (downloads: Downloads, url: string) =>
      assert.rejects(downloads.text(withSecrets(url)), (error: Error & { code: string }) => {
        assert.equal(error.code, 'unreachable');
        assertSilent(error);
        return true;
      });
    await fail(new Downloads(), server.url);
    await fail(new Downloads({ environment }), 'https://channel.test');
    const { url } = server;
    await server.close();
    await fail(new Downloads(), url);
    await fail(
      new Downloads({ environment: { HTTPS_PROXY: `http://${USER}:${PASSWORD}@127.0.0.1:1` } }),
      'https://channel.test',
    );
    assert.throws(
      () => new Downloads({ environment: { HTTPS_PROXY: `socks5://${USER}:${PASSWORD}@127.0.0.1` } }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'usage');
        assertSilent(error);
        return true;
      },
    );
    await assert.rejects(
      new Downloads().text(`file:///nowhere/t/${TOKEN}/..%2fx`),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'unsafe-name');
        assertSilent(error);
        return true;
      },
    );
  });

  test('sends them with a redirect within the server, and to no other host, port or scheme', async () => {
    const tls = selfSignedCertificate('127.0.0.1');
    await using server = await ChannelServer.start();
    await using otherPort = await ChannelServer.start();
    await using otherScheme = await ChannelServer.start(undefined, { tls });
    const lookup: FetcherOptions['lookup'] = (_host, options, callback) =>
      options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
    const downloads = new Downloads({ authorities: [tls.certificate], lookup });
    for (const one of [server, otherPort, otherScheme]) one.answer('/good', { body: 'good' });
    for (const redirect of [
      '/good',
      `${otherPort.url}/good`,
      `${otherScheme.url}/good`,
      `http://other.test:${server.port}/good`,
      // Not even what the redirect itself would have us send.
      `http://${USER}:${PASSWORD}@other.test:${server.port}/good`,
    ]) {
      server.answer(PATH, { redirect, headers: { 'set-cookie': `session=${TOKEN}; Path=/` } });
      assert.equal(await downloads.text(withSecrets(server.url)), 'good', redirect);
    }
    const within = server.requests.filter(({ path }) => path === '/good');
    assert.deepEqual(
      within.map(({ headers }) => headers.authorization !== undefined),
      [true, false, false],
    );
    for (const { headers } of [...otherPort.requests, ...otherScheme.requests, ...within.slice(1)])
      assertSilent(headers);
    for (const { headers } of server.requests) assert.equal(headers.cookie, undefined);
  });

  test('has no credentials any more after a redirect that leads away and back', async () => {
    await using server = await ChannelServer.start();
    await using other = await ChannelServer.start();
    server.answer(PATH, { redirect: `${other.url}/away` });
    other.answer('/away', { redirect: `${server.url}/back` });
    server.answer('/back', { body: 'good' });
    assert.equal(await new Downloads().text(withSecrets(server.url)), 'good');
    assertSilent(other.requests);
    assert.equal(server.requests.at(-1)?.headers.authorization, undefined);
  });

  test('refuses a redirect that carries them to another server in its address', async () => {
    await using server = await ChannelServer.start();
    await using other = await ChannelServer.start();
    for (const leak of [
      `/t/${TOKEN}/x`,
      `/x?token=${TOKEN}`,
      `/x?p=${encodeURIComponent(PASSWORD)}`,
      '/%74k-123%2Dtoken',
    ]) {
      server.answer(PATH, { redirect: other.url + leak });
      await assert.rejects(new Downloads().text(withSecrets(server.url)), { code: 'redirect-refused' }, leak);
    }
    assert.equal(other.connections, 0);
  });

  test('gives the proxy its own credentials and the server those of the server', async () => {
    await using server = await ChannelServer.start();
    server.answer('/good', { body: 'good' });
    const hosts = new Map([['channel.test', { host: '127.0.0.1', port: server.port }]]);
    await using proxy = await ForwardProxy.start({ hosts, credentials: 'proxy-user:proxy-password' });
    const downloads = new Downloads({ environment: { HTTP_PROXY: `http://proxy-user:proxy-password@${proxy.host}` } });
    assert.equal(await downloads.text('http://channel.test/good'), 'good');
    assertSilent(proxy.headers);
    assert.ok(
      !inspect(server.requests, { depth: 9 }).includes(Buffer.from('proxy-user:proxy-password').toString('base64')),
    );
  });

  test('shows none in an address, however it is printed', () => {
    const url = RedactedUrl.parse(withSecrets('https://channel.test'));
    for (const one of [url, url.join('tuf/1.root.json')]) assertSilent(one);
    assert.equal(url.join('tuf/1.root.json').toString(), 'https://channel.test/t/<TOKEN>/good/x/tuf/1.root.json');
  });
});
