import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ByteStream } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { ChannelServer, ForwardProxy, selfSignedCertificate } from '@antivenom/testkit';
import type { FetchRequest } from './fetch-request.ts';
import { createFetcher, type FetcherOptions } from './fetcher.ts';
import { DEFAULT_DOWNLOAD_LIMITS } from './limits.ts';
import { RedactedUrl } from './redacted-url.ts';

const REQUEST = { maxLength: 1 << 20 };

/** Waits no time between attempts, and notes how long it would have. */
function testFetcher(options: Partial<FetcherOptions> = {}) {
  const waits: number[] = [];
  const fetcher = createFetcher({
    limits: DEFAULT_DOWNLOAD_LIMITS,
    environment: {},
    progress: NO_PROGRESS,
    now: () => performance.now(),
    sleep: async (ms) => void waits.push(ms),
    random: () => 1,
    userAgent: 'antivenom/0.0.0-test',
    ...options,
  });
  return {
    waits,
    text: async (url: string, request: FetchRequest = REQUEST) => {
      const bytes = await fetcher.bytes(RedactedUrl.parse(url), request);
      return bytes && Buffer.from(bytes).toString();
    },
    stream: (url: string, request: FetchRequest = REQUEST) => fetcher.stream(RedactedUrl.parse(url), request),
  };
}

async function collect(stream: ByteStream): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

describe('a fetcher on web servers', () => {
  test('asks once, for the bytes as they are, and says who it is', async () => {
    await using server = await ChannelServer.start();
    server.answer('/c/x?v=1', { body: 'bytes' });
    assert.equal(await testFetcher().text(`${server.url}/c/x?v=1`), 'bytes');
    assert.equal(server.requests.length, 1);
    const { method, headers } = server.requests[0]!;
    assert.equal(method, 'GET');
    assert.equal(headers['user-agent'], 'antivenom/0.0.0-test');
    assert.equal(headers['accept-encoding'], 'identity');
    assert.equal(headers.host, `127.0.0.1:${server.port}`);
    assert.equal(headers.authorization, undefined);
  });

  test('keeps its connection, also past what is not there', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { body: 'bytes' });
    const fetcher = testFetcher();
    for (const path of ['/x', '/1.root.json', '/x', '/2.root.json', '/x']) await fetcher.text(server.url + path);
    assert.equal(server.connections, 1);
  });

  test('hands over a stream piece by piece', async () => {
    await using server = await ChannelServer.start();
    const body = 'abcdefgh'.repeat(100_000);
    server.answer('/x', { body }, { body, headers: { 'content-length': undefined } });
    for (let times = 0; times < 2; times++) {
      let text = '';
      for await (const piece of (await testFetcher().stream(`${server.url}/x`))!) text += Buffer.from(piece);
      assert.ok(text === body);
    }
  });

  test('drops the connection of a stream that is left', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { endless: true });
    for await (const piece of (await testFetcher().stream(`${server.url}/x`, { maxLength: 2 ** 40 }))!) {
      assert.ok(piece.length > 0);
      break;
    }
    await server.disconnected();
  });

  test('takes 404, and the statuses that the caller names, for absence', async () => {
    await using server = await ChannelServer.start();
    server.answer('/forbidden', { status: 403 });
    const fetcher = testFetcher();
    assert.equal(await fetcher.text(`${server.url}/missing`), undefined);
    assert.equal(await fetcher.stream(`${server.url}/missing`), undefined);
    const absent = { ...REQUEST, absent: [403] };
    assert.equal(await fetcher.text(`${server.url}/forbidden`, absent), undefined);
    await assert.rejects(fetcher.text(`${server.url}/forbidden`), (error: Error & { hint: string }) => {
      assert.match(error.hint, /token/);
      return true;
    });
    assert.deepEqual(fetcher.waits, []);
  });

  test('tries again where that may help, after longer and longer waits', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { status: 503 }, { reset: true }, { body: 'whole', cutAt: 3 }, { body: 'whole' });
    const fetcher = testFetcher();
    assert.equal(await fetcher.text(`${server.url}/x`), 'whole');
    assert.deepEqual(fetcher.waits, [500, 1000, 2000]);
  });

  test('gives up after a few attempts, with the reason in plain words', async () => {
    await using server = await ChannelServer.start();
    for (const status of [408, 425, 429, 500, 502, 504]) {
      server.answer(`/${status}`, { status });
      await assert.rejects(testFetcher().text(`${server.url}/${status}`), {
        code: 'unreachable',
        exitStatus: 3,
        message: `${server.url}/${status} could not be fetched: the server answers with status ${status}`,
        details: {
          url: `${server.url}/${status}`,
          reason: `the server answers with status ${status}`,
          attempts: 4,
          status,
        },
      });
    }
    assert.equal(server.requests.length, 24);
  });

  test('does not ask again after an answer that will not change', async () => {
    await using server = await ChannelServer.start();
    for (const status of [206, 204, 300, 304, 400, 401, 403, 405, 410, 451]) {
      server.answer(`/${status}`, { status });
      await assert.rejects(testFetcher().text(`${server.url}/${status}`), { code: 'unreachable' });
    }
    assert.equal(server.requests.length, 10);
  });

  test('waits as long as the server asks, within bounds', async () => {
    await using server = await ChannelServer.start();
    const date = 'Tue, 24 Nov 2026 10:00:00 GMT';
    const busy = (after: string) => ({ status: 429, headers: { 'retry-after': after, date } });
    server.answer('/x', busy('3'), busy('Tue, 24 Nov 2026 10:00:07 GMT'), busy('86400'), { body: 'bytes' });
    const fetcher = testFetcher();
    assert.equal(await fetcher.text(`${server.url}/x`), 'bytes');
    assert.deepEqual(fetcher.waits, [3000, 7000, 20_000]);
  });

  test('does not begin to wait past its total time', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { status: 503 });
    const fetcher = testFetcher({ limits: { ...DEFAULT_DOWNLOAD_LIMITS, backOffMs: 20_000, totalMs: 20_000 } });
    await assert.rejects(fetcher.text(`${server.url}/x`), { code: 'unreachable' });
    assert.deepEqual([fetcher.waits, server.requests.length], [[], 1]);
  });

  test('says that nobody listens, or that the name is not known', async () => {
    const server = await ChannelServer.start();
    const { url } = server;
    await server.close();
    await assert.rejects(testFetcher().text(`${url}/x`), {
      code: 'unreachable',
      message: /refuses the connection/,
    });
    const lookup: FetcherOptions['lookup'] = (_host, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '');
    const unknown = testFetcher({ lookup });
    await assert.rejects(unknown.text('http://nowhere.test/x'), {
      code: 'unreachable',
      message: /name .* is not known/,
    });
    assert.deepEqual(unknown.waits, []);
  });

  test('takes no short answer for a whole one', async () => {
    await using server = await ChannelServer.start();
    const body = 'x'.repeat(100_000);
    server.answer('/length', { body, cutAt: 50_000 });
    server.answer('/chunked', { body, cutAt: 50_000, headers: { 'content-length': undefined } });
    server.answer('/none', { body, cutAt: 0 });
    for (const path of ['/length', '/chunked', '/none']) {
      await assert.rejects(testFetcher().text(server.url + path), {
        code: 'unreachable',
        message: /cut the connection/,
      });
      const stream = (await testFetcher().stream(server.url + path))!;
      await assert.rejects(collect(stream), { code: 'unreachable' }, path);
    }
  });

  test('refuses an encoding that it did not ask for', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { body: 'bytes', headers: { 'content-encoding': 'gzip' } });
    await assert.rejects(testFetcher().text(`${server.url}/x`), { code: 'malformed' });
    server.answer('/x', { body: 'bytes', headers: { 'content-encoding': 'identity' } });
    assert.equal(await testFetcher().text(`${server.url}/x`), 'bytes');
  });

  test('tells how far it is', async () => {
    await using server = await ChannelServer.start();
    server.answer('/good/x', { body: 'bytes' });
    const events: unknown[] = [];
    const progress: FetcherOptions['progress'] = {
      start: (label, total) => {
        events.push(label, total);
        return { advance: (steps) => events.push(steps), done: () => events.push('done') };
      },
    };
    await testFetcher({ progress }).text(`${server.url}/good/x`);
    assert.deepEqual(events, [`downloading ${server.url}/good/x`, 5, 5, 'done']);
  });
});

describe('a fetcher over TLS', () => {
  const good = selfSignedCertificate('127.0.0.1', 'channel.test');

  test('reads from a server that a known authority vouches for, on one connection', async () => {
    await using server = await ChannelServer.start(undefined, { tls: good });
    server.answer('/x', { body: 'bytes' });
    const fetcher = testFetcher({ authorities: [good.certificate] });
    for (let times = 0; times < 3; times++) assert.equal(await fetcher.text(`${server.url}/x`), 'bytes');
    assert.equal(server.connections, 1);
  });

  test('refuses strangers and other names, whatever the environment says', async (t) => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    t.after(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });
    const other = selfSignedCertificate('other.test');
    for (const [tls, authorities] of [
      [good, []],
      [good, [selfSignedCertificate('127.0.0.1').certificate]],
      [other, [other.certificate]],
    ] as const) {
      await using server = await ChannelServer.start(undefined, { tls });
      server.answer('/x', { body: 'bytes' });
      await assert.rejects(testFetcher({ authorities }).text(`${server.url}/x`), {
        code: 'unreachable',
        message: /certificate/,
      });
      assert.equal(server.requests.length, 0);
    }
  });
});

describe('a fetcher behind a proxy', () => {
  const tls = selfSignedCertificate('channel.test');
  const here = (server: ChannelServer) => ({ host: '127.0.0.1', port: server.port });

  test('sends plain requests to it and tunnels the others, in either spelling of the variables', async () => {
    await using plain = await ChannelServer.start();
    await using secure = await ChannelServer.start(undefined, { tls });
    for (const server of [plain, secure]) server.answer('/x', { body: 'bytes' });
    const hosts = new Map([
      ['channel.test', here(plain)],
      ['channel.test:443', here(secure)],
    ]);
    await using proxy = await ForwardProxy.start({ hosts, credentials: 'zoe:pass word' });
    const address = `http://zoe:pass%20word@${proxy.host}`;
    for (const environment of [
      { HTTP_PROXY: address, HTTPS_PROXY: address },
      { http_proxy: address, https_proxy: address, HTTP_PROXY: 'http://127.0.0.1:1' },
    ]) {
      const fetcher = testFetcher({ environment, authorities: [tls.certificate] });
      for (const url of ['http://channel.test/x', 'https://channel.test/x', 'https://channel.test/x'])
        assert.equal(await fetcher.text(url), 'bytes');
    }
    const once = ['GET http://channel.test/x', 'CONNECT channel.test:443'];
    assert.deepEqual(proxy.requests, [...once, ...once]);
    assert.equal(plain.requests[0]?.headers.host, 'channel.test');
    for (const { headers } of [...plain.requests, ...secure.requests])
      assert.equal(headers['proxy-authorization'], undefined);
  });

  test('goes without it where NO_PROXY says so, and to this machine', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { body: 'bytes' });
    const lookup: FetcherOptions['lookup'] = (_host, options, callback) =>
      options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
    const environment = { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'channel.test' };
    const fetcher = testFetcher({ environment, lookup });
    for (const host of ['channel.test', 'sub.channel.test', '127.0.0.1'])
      assert.equal(await fetcher.text(`http://${host}:${server.port}/x`), 'bytes');
    await assert.rejects(fetcher.text(`http://notchannel.test:${server.port}/x`), { code: 'unreachable' });
  });

  test('says what the proxy answers, without its password', async () => {
    await using proxy = await ForwardProxy.start({ hosts: new Map(), credentials: 'zoe:right' });
    const refused = async (credentials: string, message: RegExp) => {
      const address = `http://${credentials}@${proxy.host}`;
      const fetcher = testFetcher({ environment: { HTTP_PROXY: address, HTTPS_PROXY: address } });
      for (const url of ['http://channel.test/x', 'https://channel.test/x'])
        await assert.rejects(fetcher.text(url), { code: 'unreachable', message });
    };
    await refused('zoe:wrong', /proxy .* status 407/);
    await refused('zoe:right', /status 502/);
  });
});

describe('a fetcher on files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antivenom-files-'));
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'a b%.txt'), 'bytes');
    await writeFile(join(folder, 'big'), Buffer.alloc(200_000, 'x'));
    await symlink('a b%.txt', join(folder, 'link'));
    await symlink('/dev/zero', join(folder, 'device'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
  });
  after(() => rm(folder, { recursive: true }));
  const at = (path: string) => `${pathToFileURL(folder)}/${path}`;

  test('reads a file, also through a link, and in pieces', async () => {
    for (const path of ['a%20b%25.txt', 'link']) assert.equal(await testFetcher().text(at(path)), 'bytes');
    const pieces = await collect((await testFetcher().stream(at('big')))!);
    assert.ok(pieces.length > 1);
    assert.ok(Buffer.concat(pieces).equals(Buffer.alloc(200_000, 'x')));
  });

  test('takes what does not exist for absent', async () => {
    for (const path of ['missing', 'big/under-a-file', 'no/folder'])
      assert.equal(await testFetcher().text(at(path)), undefined);
  });

  test('refuses what is longer than it may be, before it reads', async () => {
    assert.equal((await testFetcher().text(at('big'), { maxLength: 200_000 }))?.length, 200_000);
    await assert.rejects(testFetcher().text(at('big'), { maxLength: 199_999 }), { code: 'length-mismatch' });
  });

  test('reads no folder, FIFO or device', async () => {
    for (const path of ['sub', 'fifo', 'device'])
      await assert.rejects(testFetcher().text(at(path)), { code: 'unreachable', message: /no regular file/ }, path);
  });

  test('cannot be led out of its folder', async () => {
    const base = RedactedUrl.parse(`${pathToFileURL(folder)}/sub`);
    for (const path of ['..%2Flink', '%2e%2e%2flink', '..%2flink', 'x%00'])
      await assert.rejects(testFetcher().text(base.join(path).reveal()), { code: 'unsafe-name' }, path);
  });
});
