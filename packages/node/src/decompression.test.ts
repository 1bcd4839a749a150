import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type ByteStream, ContentTrustError, DownloadError } from '@antivenom/core';
import { compressBzip2, compressZstd } from './compression.ts';
import { nodeDecompression } from './decompression.ts';

const MEGABYTE = 1 << 20;
const ROOM = 64 * MEGABYTE;

/** Every byte string takes part in each case: nothing, one byte, runs around bzip2's limits of 4 and 255, text, noise. */
const samples = new Map<string, Uint8Array>([
  ['nothing', new Uint8Array(0)],
  ['one byte', Uint8Array.of(0)],
  ...[3, 4, 5, 254, 255, 256, 258, 259, 260, 263, 70_000].map((length): [string, Uint8Array] => [
    `a run of ${length}`,
    new Uint8Array(length).fill(65),
  ]),
  ['text', Buffer.from('the same words again, {"depends": ["python >=3.9"]}, '.repeat(3000))],
  ['noise of over a block', noise(1_000_000)],
]);

async function* inChunks(bytes: Uint8Array, size: number): ByteStream {
  // One buffer for all chunks: a decoder that keeps one past its time reads something else.
  const chunk = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    chunk.set(part);
    yield chunk.subarray(0, part.length);
    chunk.fill(0xff);
  }
}

async function collect(stream: ByteStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.slice());
  return new Uint8Array(Buffer.concat(parts));
}

function noise(length: number): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update('antivenom').digest());
}

function python(code: string, input: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', `import sys, bz2\n${code}`], {
    input,
    maxBuffer: ROOM,
  });
  assert.equal(status, 0, String(stderr));
  return new Uint8Array(stdout);
}

const hasPython = spawnSync('python3', ['-c', 'import bz2']).status === 0;

for (const [format, compress] of [
  ['zstd', (bytes: Uint8Array) => compressZstd(bytes, 19)],
  ['bzip2', compressBzip2],
] as const) {
  const stream = nodeDecompression[format];
  const sync = nodeDecompression[`${format}Sync`];

  describe(format, () => {
    it('gives back what was compressed, streamed in chunks of any size and at once', async () => {
      for (const [name, bytes] of samples) {
        const compressed = await compress(bytes);
        assert.deepEqual(await compress(bytes), compressed, `${name}: the same bytes twice`);
        assert.ok(Buffer.from(sync(compressed, bytes.length)).equals(bytes), name);
        for (const size of [1, 1000, ROOM].filter((size) => size > 1 || compressed.length < 10_000)) {
          const restored = await collect(stream(inChunks(compressed, Math.min(size, compressed.length)), bytes.length));
          assert.ok(Buffer.from(restored).equals(bytes), `${name} in chunks of ${size}`);
        }
      }
    });

    it('reads a file of several streams to its end', async () => {
      const two = Buffer.concat([await compress(Buffer.from('first ')), await compress(Buffer.from('second'))]);
      assert.equal(String(Buffer.from(sync(two, 12))), 'first second');
      assert.equal(String(Buffer.from(await collect(stream(inChunks(two, 5), 12)))), 'first second');
    });

    it('refuses damaged data, data that ends early and data with something behind it', async () => {
      const good = await compress(samples.get('text') as Uint8Array);
      const wrong: Record<string, Uint8Array> = {
        'nothing at all': new Uint8Array(0),
        'another format': Buffer.from('<html>Not found</html>'),
        'an early end': good.subarray(0, good.length - 3),
        'an end in the middle': good.subarray(0, good.length / 2),
        'something behind': Buffer.concat([good, Buffer.from('tail')]),
        'a zero byte behind': Buffer.concat([good, Uint8Array.of(0)]),
      };
      for (let at = 0; at < good.length; at++)
        wrong[`byte ${at} changed`] = good.map((b, i) => (i === at ? b ^ 0x55 : b));
      const text = samples.get('text') as Uint8Array;
      for (const [name, bytes] of Object.entries(wrong)) {
        await holdsOrRefuses(name, text, () => Promise.resolve(sync(bytes, ROOM)));
        await holdsOrRefuses(name, text, () => collect(stream(inChunks(bytes, 64), ROOM)));
      }
      assert.throws(() => sync(wrong['an early end'] as Uint8Array, ROOM), { code: 'malformed' });
      assert.throws(() => sync(wrong['a zero byte behind'] as Uint8Array, ROOM), { code: 'malformed' });
    });

    it('stops a bomb at the length it was given', async () => {
      const bomb = await compress(new Uint8Array(16 * MEGABYTE));
      assert.ok(bomb.length < 3000);
      assert.throws(() => sync(bomb, MEGABYTE), { code: 'archive-unsafe' });
      let length = 0;
      await assert.rejects(
        async () => {
          for await (const piece of stream(inChunks(bomb, 100), MEGABYTE)) length += piece.length;
        },
        { code: 'archive-unsafe' },
      );
      assert.ok(length <= MEGABYTE);
      assert.throws(() => sync(bomb, 0), { code: 'archive-unsafe' });
    });

    it('passes on an error of its source as it is, and lets the source go when the reader stops', async () => {
      const failure = new DownloadError('unreachable', 'the line broke');
      const good = await compress(noise(300_000));
      async function* breaking(): ByteStream {
        yield good.subarray(0, 100);
        throw failure;
      }
      await assert.rejects(collect(stream(breaking(), ROOM)), (error) => error === failure);

      let released = false;
      async function* watched(): ByteStream {
        try {
          yield* inChunks(good, 1000);
        } finally {
          released = true;
        }
      }
      for await (const _ of stream(watched(), ROOM)) break;
      assert.ok(released);
    });
  });
}

it('compresses as python3 does with bzip2, and reads what python3 wrote', {
  skip: !hasPython && 'no python3',
}, async () => {
  for (const [name, bytes] of samples) {
    const ours = await compressBzip2(bytes);
    assert.deepEqual(ours, python('sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read()))', bytes), name);
    const low = python('sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read(), 1))', bytes);
    assert.ok(Buffer.from(nodeDecompression.bzip2Sync(low, ROOM)).equals(bytes), `${name} in blocks of 100 kB`);
  }
});

it('compresses more than the 16 MB that libbz2 starts with', async () => {
  const bytes = new Uint8Array(40 * MEGABYTE);
  for (let at = 0; at < bytes.length; at += 4099) bytes[at] = at % 251;
  assert.ok(Buffer.from(nodeDecompression.bzip2Sync(await compressBzip2(bytes), ROOM)).equals(bytes));
});

/** A changed byte may also be one that does not matter; then the data is what it was. */
async function holdsOrRefuses(name: string, text: Uint8Array, read: () => Promise<Uint8Array>): Promise<void> {
  let restored: Uint8Array;
  try {
    restored = await read();
  } catch (error) {
    assert.ok(error instanceof ContentTrustError, `${name}: ${error}`);
    assert.ok(error.code === 'malformed' || error.code === 'archive-unsafe', `${name}: ${error.code}`);
    return;
  }
  assert.ok(Buffer.from(restored).equals(text), `${name} passed as other data`);
}
