import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedactedUrl } from '@antivenom/client';
import { ChannelServer } from '@antivenom/testkit';
import { Downloads, HASTY_LIMITS } from '../downloads.ts';

const CHUNKED = { 'content-length': undefined };

/** A server that takes connections and says nothing. */
async function silentServer() {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('slow-retrieval in downloads', () => {
  test('takes a slow body that keeps the minimum rate', async () => {
    await using server = await ChannelServer.start();
    const body = 'x'.repeat(1000);
    server.answer('/x', { body, trickle: { bytes: 100, everyMs: 40 } });
    assert.equal(
      await new Downloads({ limits: { ...HASTY_LIMITS, rateWindowMs: 2000 } }).text(`${server.url}/x`),
      body,
    );
  });

  test('stops a body below the minimum rate, though it never pauses', async () => {
    await using server = await ChannelServer.start();
    for (const headers of [{ 'content-length': '1000' }, CHUNKED]) {
      server.answer('/x', { endless: true, trickle: { bytes: 1, everyMs: 20 }, headers });
      const refusal = { code: 'unreachable', exitStatus: 3, message: /sends too slowly/ };
      await assert.rejects(new Downloads({ limits: HASTY_LIMITS }).text(`${server.url}/x`), refusal);
      await assert.rejects(new Downloads({ limits: HASTY_LIMITS }).streamed(`${server.url}/x`), refusal);
    }
    assert.equal(server.requests.length, 4, 'who trickles is not asked again');
    await server.disconnected();
  });

  test('stops a fast beginning after which too little comes', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { body: 'x'.repeat(100_000), headers: CHUNKED, hang: 'end' });
    await assert.rejects(new Downloads({ limits: HASTY_LIMITS }).text(`${server.url}/x`, 1_000_000), {
      code: 'unreachable',
      message: /sends too slowly/,
    });
  });

  test('stops waiting for an answer, a body, a TLS greeting and a proxy that never come', async () => {
    await using server = await ChannelServer.start();
    using silent = await silentServer();
    server.answer('/answer', { hang: 'answer' });
    server.answer('/body', { hang: 'body', body: 'never' });
    const limits = HASTY_LIMITS;
    const direct = new Downloads({ limits });
    await assert.rejects(direct.text(`${server.url}/answer`), {
      code: 'unreachable',
      message: /does not answer in time/,
    });
    await assert.rejects(direct.text(`${server.url}/body`), { code: 'unreachable', message: /too slowly/ });
    await assert.rejects(direct.text(`https://${silent.host}/x`), { code: 'unreachable', message: /reached in time/ });
    const behind = new Downloads({ limits, environment: { HTTPS_PROXY: silent.host, HTTP_PROXY: silent.host } });
    for (const url of ['https://channel.test/x', 'http://channel.test/x'])
      await assert.rejects(behind.text(url), { code: 'unreachable', message: /in time/ });
    assert.equal(server.requests.filter(({ path }) => path === '/answer').length, 2, 'silence is asked about again');
    await server.disconnected();
  });

  test('ends when the time for the whole is over, however well it goes', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { endless: true, trickle: { bytes: 1000, everyMs: 10 } });
    server.answer('/silent', { hang: 'answer' });
    const limits = { ...HASTY_LIMITS, rateWindowMs: 60_000, totalMs: 300 };
    for (const path of ['/x', '/silent'])
      await assert.rejects(new Downloads({ limits }).text(server.url + path, 1_000_000), {
        code: 'unreachable',
        message: /longer than a download may/,
      });
  });

  test('blames no server for a reader that is slow itself', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { body: 'x'.repeat(200_000) });
    const { fetcher } = new Downloads({ limits: { ...HASTY_LIMITS, minimumRate: 100_000 } });
    const stream = await fetcher.stream(RedactedUrl.parse(`${server.url}/x`), { maxLength: 1_000_000 });
    let length = 0;
    for await (const piece of stream!) {
      if (length === 0) await sleep(600);
      length += piece.length;
    }
    assert.equal(length, 200_000);
  });
});
