/** Core's decompressors on Node: Zstandard by node:zlib, bzip2 by our own decoder. */
import { kMaxLength } from 'node:buffer';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { type ByteStream, type DecompressionPort, MalformedError, VerificationError } from '@antivenom/core';
import { Bzip2Decoder } from './bzip2-decoder.ts';
import { splitZstdFrames, ZstdFrameStream } from './zstd-frames.ts';

const PIECE_BYTES = 1 << 16;
const LEAST_CHUNK = 1 << 14;
const MOST_CHUNK = 1 << 20;

/** Streams hold a few pieces of 64 kB, a window of Zstandard (at most 128 MB) or one block of bzip2, whatever they read. */
export const nodeDecompression: DecompressionPort = {
  zstd: (source, maxLength) => atMost(unzstd(source), maxLength),
  bzip2: (source, maxLength) => atMost(unbzip2(source), maxLength),
  zstdSync: unzstdSync,
  bzip2Sync: unbzip2Sync,
};

async function* unzstd(source: ByteStream): ByteStream {
  const frames = new ZstdFrameStream(source);
  try {
    let frame = await frames.next();
    if (frame === undefined) throw new MalformedError('the Zstandard data ends too early');
    for (; frame !== undefined; frame = await frames.next()) yield* unzstdFrame(frame);
  } finally {
    await frames.close();
  }
}

async function* unzstdFrame(frame: ByteStream): ByteStream {
  const decoder = createZstdDecompress({ chunkSize: PIECE_BYTES });
  const reading = pipeline(Readable.from(frame), decoder);
  reading.catch(() => {}); // awaited below, or the loop ends with the same error
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
    await reading;
  } catch (error) {
    throw zstdError(error);
  } finally {
    decoder.destroy();
  }
}

async function* unbzip2(source: ByteStream): ByteStream {
  const decoder = new Bzip2Decoder();
  for await (const chunk of source) yield* decoder.push(chunk);
  yield* decoder.end();
}

async function* atMost(stream: ByteStream, maxLength: number): ByteStream {
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxLength) throw tooLong(maxLength);
    yield chunk;
  }
}

function unzstdSync(bytes: Uint8Array, maxLength: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let room = maxLength;
  for (const frame of splitZstdFrames(bytes)) {
    const part = unzstdFrameSync(frame, room, maxLength);
    room -= part.length;
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : joined(parts);
}

function unzstdFrameSync(frame: Uint8Array, room: number, maxLength: number): Uint8Array {
  try {
    // zlib takes no limit of 0.
    const part = zstdDecompressSync(frame, {
      maxOutputLength: Math.min(Math.max(room, 1), kMaxLength),
      // Out of small pieces a large index is joined for longer than it is decompressed.
      chunkSize: Math.min(Math.max(frame.length, LEAST_CHUNK), MOST_CHUNK),
    });
    if (part.length <= room) return part;
  } catch (error) {
    if (!isCoded(error) || error.code !== 'ERR_BUFFER_TOO_LARGE') throw zstdError(error);
  }
  throw tooLong(maxLength);
}

function unbzip2Sync(bytes: Uint8Array, maxLength: number): Uint8Array {
  const decoder = new Bzip2Decoder();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const steps of [decoder.push(bytes), decoder.end()]) {
    for (const piece of steps) {
      length += piece.length;
      if (length > maxLength) throw tooLong(maxLength);
      pieces.push(piece.slice());
    }
  }
  return joined(pieces);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Errors of the decoder become ours; those of the source pass as they are. */
function zstdError(error: unknown): unknown {
  if (!isCoded(error) || !/^(ZSTD_|Z_|ERR_ZLIB)/.test(error.code)) return error;
  return new MalformedError('the Zstandard data is damaged or ends too early', { cause: error });
}

function isCoded(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function tooLong(maxLength: number): VerificationError {
  return new VerificationError('archive-unsafe', `the data expands beyond ${maxLength} bytes`, {
    hint: 'Do not use the file; raise the limit only if its owner confirms the size.',
  });
}
