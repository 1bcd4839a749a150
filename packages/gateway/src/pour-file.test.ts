import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pourFile } from './pour-file.ts';

const BYTES = randomBytes(3_000_000);
const place = await mkdtemp(join(tmpdir(), 'antivenom-pour-'));
const path = join(place, 'file');
await writeFile(path, BYTES);

/** How each answer ended: undefined, or the error. */
const outcomes: Promise<unknown>[] = [];
const server = createServer((asked, response) => {
  const [start = 0, end = 0] = (asked.url ?? '').slice(1).split('-').map(Number);
  response.setHeader('content-length', end - start + 1);
  const poured = (async () => {
    await using file = await open(path);
    await pourFile(file, start, end, response);
    response.end();
  })();
  outcomes.push(poured.catch((error: unknown) => error));
  poured.catch(() => response.destroy());
}).listen(0, '127.0.0.1');
await once(server, 'listening');
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(place, { recursive: true });
});

async function get(start: number, end: number): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', path: `/${start}-${end}`, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

test('many at once, each at its own pace, get the bytes that they asked for', async () => {
  const ranges = [
    [0, 2_999_999],
    [1, 2_999_998],
    [262_143, 262_144],
    [262_144, 524_287],
    [2_999_999, 2_999_999],
    ...Array.from({ length: 8 }, (_, at) => [at * 100_000, 2_999_999 - at]),
  ] as [number, number][];
  const answers = await Promise.all(ranges.map(([start, end]) => get(start, end)));
  // Those that were asked for last are read first, so that all of the others wait with pieces of theirs on the way.
  for (const [at, [start, end]] of [...ranges.entries()].reverse()) {
    const body = Buffer.concat(await answers[at]!.toArray());
    assert.ok(body.equals(BYTES.subarray(start, end + 1)), `${start}-${end}`);
  }
  assert.deepEqual(
    await Promise.all(outcomes),
    ranges.map(() => undefined),
  );
});

test('ends where the client goes away, and where the file does not hold as much', async () => {
  outcomes.length = 0;
  (await get(0, 2_999_999)).destroy();
  assert.ok((await outcomes[0]) instanceof Error);
  const short = await get(2_000_000, 3_000_000);
  await assert.rejects(short.toArray());
  assert.match(String(await outcomes[1]), /became shorter/);
});
