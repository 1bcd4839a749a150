import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { RedactedUrl } from '@antivenom/client';
import { ChannelServer } from '@antivenom/testkit';
import { Downloads } from '../downloads.ts';

const CHUNKED = { 'content-length': undefined };

describe('endless-data in downloads', () => {
  test('takes a file of exactly the length that it may have', async () => {
    await using server = await ChannelServer.start();
    const body = 'x'.repeat(1000);
    server.answer('/x', { body }, { body, headers: CHUNKED });
    for (let times = 0; times < 2; times++) {
      assert.equal(await new Downloads().text(`${server.url}/x`), body);
      assert.equal(await new Downloads().streamed(`${server.url}/x`), body);
    }
  });

  test('refuses a byte more, declared or not', async () => {
    await using server = await ChannelServer.start();
    const body = 'x'.repeat(1001);
    server.answer('/declared', { body });
    server.answer('/chunked', { body, headers: CHUNKED });
    for (const path of ['/declared', '/chunked']) {
      const refusal = { code: 'length-mismatch', exitStatus: 1 };
      await assert.rejects(new Downloads().text(server.url + path), refusal, path);
      await assert.rejects(new Downloads().streamed(server.url + path), refusal, path);
    }
    assert.equal(server.requests.length, 4, 'no refusal is asked about again');
  });

  test('refuses a declared length before the first byte of the body', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { status: 200, hang: 'body', headers: { 'content-length': '9007199254740993' } });
    await assert.rejects(new Downloads().text(`${server.url}/x`), { code: 'length-mismatch' });
    await server.disconnected();
  });

  test('drops the connection of a body that never ends, having handed over no more than it may', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { endless: true });
    await assert.rejects(new Downloads().text(`${server.url}/x`, 1_000_000), { code: 'length-mismatch' });
    const { fetcher } = new Downloads();
    const stream = await fetcher.stream(RedactedUrl.parse(`${server.url}/x`), { maxLength: 1_000_000 });
    let length = 0;
    const reading = (async () => {
      for await (const piece of stream!) length += piece.length;
    })();
    await assert.rejects(reading, { code: 'length-mismatch' });
    assert.ok(length <= 1_000_000);
    await server.disconnected();
  });

  test('reads none of an endless body beside an error, an absence or a redirect', async () => {
    await using server = await ChannelServer.start();
    server.answer('/absent', { status: 404, endless: true });
    server.answer('/error', { status: 410, endless: true });
    server.answer('/moved', { redirect: '/good', endless: true });
    server.answer('/good', { body: 'good' });
    const downloads = new Downloads();
    assert.equal(await downloads.text(`${server.url}/absent`), undefined);
    await assert.rejects(downloads.text(`${server.url}/error`), { code: 'unreachable' });
    assert.equal(await downloads.text(`${server.url}/moved`), 'good');
  });

  test('ends an answer whose headers never end', async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(`x-${'y'.repeat(100)}: z\r\n`));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(new Downloads().text(`http://127.0.0.1:${port}/x`), { code: 'unreachable' });
  });
});
