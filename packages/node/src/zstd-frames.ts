/**
 * Where each Zstandard frame ends. node:zlib decodes the first frame of its input and leaves the rest unread without a word;
 * files of several frames are genuine, and bytes behind the last frame are not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
import { type ByteStream, MalformedError } from '@antivenom/core';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5;
const RESERVED_BLOCK = 3;
const RUN_BLOCK = 1;
/** Each frame costs a decoder, and may be nine bytes long; genuine files hold one, or one a megabyte. */
const MAX_FRAMES = 10_000;

type Part = 'magic' | 'skippable' | 'descriptor' | 'block' | 'end';

/** Walks over frames by their headers alone. */
class FrameWalker {
  #part: Part = 'magic';
  readonly #header: number[] = [];
  #skip = 0;
  #checksum = 0;
  #frames = 0;

  /** Where in `chunk` the frame ends that is being walked, or -1 where it goes on behind it. */
  advance(chunk: Uint8Array, from: number): number {
    let at = from;
    for (;;) {
      const skipped = Math.min(this.#skip, chunk.length - at);
      at += skipped;
      this.#skip -= skipped;
      if (this.#skip > 0) return -1;
      if (this.#part === 'end') {
        this.#part = 'magic';
        return at;
      }
      while (this.#header.length < HEADER_BYTES[this.#part]) {
        if (at === chunk.length) return -1;
        this.#header.push(chunk[at++] as number);
      }
      this.#readHeader(this.#part, littleEndian(this.#header));
      this.#header.length = 0;
    }
  }

  #readHeader(part: Exclude<Part, 'end'>, value: number): void {
    if (part === 'magic') {
      if (++this.#frames > MAX_FRAMES) throw new MalformedError(`the Zstandard data has over ${MAX_FRAMES} frames`);
      if (value === FRAME_MAGIC) this.#part = 'descriptor';
      else if (value >>> 4 === SKIPPABLE_MAGIC) this.#part = 'skippable';
      else throw new MalformedError('the data is not Zstandard, or holds something behind its last frame');
    } else if (part === 'skippable') {
      this.#skip = value;
      this.#part = 'end';
    } else if (part === 'descriptor') {
      const singleSegment = (value >> 5) & 1;
      this.#checksum = (value & 4) === 0 ? 0 : 4;
      const contentSize = [singleSegment, 2, 4, 8][value >> 6] as number;
      const dictionaryId = [0, 1, 2, 4][value & 3] as number;
      this.#skip = 1 - singleSegment + dictionaryId + contentSize;
      this.#part = 'block';
    } else {
      const type = (value >> 1) & 3;
      if (type === RESERVED_BLOCK) throw new MalformedError('the Zstandard data has a damaged block');
      this.#skip = type === RUN_BLOCK ? 1 : value >> 3;
      if ((value & 1) === 1) {
        this.#skip += this.#checksum;
        this.#part = 'end';
      }
    }
  }
}

const HEADER_BYTES: Record<Exclude<Part, 'end'>, number> = { magic: 4, skippable: 4, descriptor: 1, block: 3 };

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

/**
 * The frames of `bytes`, each as a part of it.
 *
 * @throws MalformedError
 */
export function splitZstdFrames(bytes: Uint8Array): Uint8Array[] {
  const walker = new FrameWalker();
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length || frames.length === 0; ) {
    const end = walker.advance(bytes, at);
    if (end < 0) throw new MalformedError('the Zstandard data ends too early');
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

/** The frames of a stream, one after the other: each must be read to its end before {@link next} is asked again. */
export class ZstdFrameStream {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #walker = new FrameWalker();
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: ByteStream) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next frame, or undefined at the end of the source. */
  async next(): Promise<ByteStream | undefined> {
    return (await this.#fill()) ? this.#frame() : undefined;
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Copies: a chunk of the source is valid until its next only, and the decoder's queue may hold several. */
  async *#frame(): ByteStream {
    for (;;) {
      const chunk = this.#rest;
      const end = this.#walker.advance(chunk, 0);
      const length = end < 0 ? chunk.length : end;
      this.#rest = chunk.subarray(length);
      yield chunk.slice(0, length);
      if (end >= 0) return;
      if (!(await this.#fill())) throw new MalformedError('the Zstandard data ends too early');
    }
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const step = await this.#source.next();
      if (step.done) return false;
      this.#rest = step.value;
    }
    return true;
  }
}
