/**
 * A bzip2 decoder that takes its input as it comes and gives its output in small pieces, so that neither a large file nor a
 * bomb is ever held in memory: one block (at most 900,000 symbols) and one window of input, whatever they expand to.
 *
 * @see docs/decisions/0001-bzip2.md
 */
import { MalformedError } from '@antivenom/core';
import { BitWindow } from './bit-window.ts';

const STREAM_MAGIC = 0x425a68; // "BZh"
const BLOCK_MAGIC = [0x314159, 0x265359];
const END_MAGIC = [0x177245, 0x385090];
/** No block is longer in its compressed form: 900,000 symbols of 20 bits, and the tables. */
const MAX_BLOCK_BYTES = 3 << 20;
const MAX_CODE_LENGTH = 20;
/** What a block of 900,000 symbols can use; further ones are read and left, as libbz2 does. */
const MAX_SELECTORS = 18_002;
const GROUP_SIZE = 50;
const PIECE_BYTES = 1 << 16;

const CRC_TABLE = crcTable();

/** A Huffman code, canonical: `limits[n]` is the first 20-bit prefix past the codes of n bits. */
interface HuffmanCode {
  readonly minLength: number;
  readonly limits: Uint32Array;
  readonly offsets: Int32Array;
  readonly symbols: Uint16Array;
}

/** Takes the bytes of a bzip2 file, of one or several streams. A piece it yields is valid until the next is asked for. */
export class Bzip2Decoder {
  readonly #input = new BitWindow();
  readonly #piece = new Uint8Array(PIECE_BYTES);
  readonly #selectors = new Uint8Array(MAX_SELECTORS);
  #ended = false;
  #seenStream = false;
  /** 0 outside a stream, else 1–9, in 100,000 symbols. */
  #level = 0;
  #streamCrc = 0;
  #block = new Uint32Array(0);

  /**
   * What can be decoded once `chunk` has come.
   *
   * @throws MalformedError
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    this.#input.append(chunk);
    while (this.#input.byteLength > MAX_BLOCK_BYTES) yield* this.#step();
  }

  /**
   * The rest, when there is no more input.
   *
   * @throws MalformedError also where the input ends inside a stream, or was empty.
   */
  *end(): Generator<Uint8Array, void, void> {
    this.#ended = true;
    while (this.#input.byteLength > 0) yield* this.#step();
    if (this.#level !== 0 || !this.#seenStream) throw malformed('ends too early');
  }

  *#step(): Generator<Uint8Array, void, void> {
    if (this.#level === 0) this.#readStreamHeader();
    else yield* this.#readBlock();
    this.#input.requireWithin(this.#ended);
  }

  #readStreamHeader(): void {
    const level = this.#input.bits(24) === STREAM_MAGIC ? this.#input.bits(8) - 0x30 : 0;
    if (level < 1 || level > 9) {
      throw malformed(this.#seenStream ? 'holds something behind its last stream' : 'does not begin as bzip2 does');
    }
    this.#level = level;
    this.#seenStream = true;
    this.#streamCrc = 0;
    if (this.#block.length < level * 100_000) this.#block = new Uint32Array(level * 100_000);
  }

  *#readBlock(): Generator<Uint8Array, void, void> {
    const magic = [this.#input.bits(24), this.#input.bits(24)];
    const crc = this.#input.word();
    if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) {
      if (crc !== this.#streamCrc) throw malformed('has a wrong checksum');
      this.#input.alignToByte();
      this.#level = 0;
      return;
    }
    if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1]) throw malformed('has a damaged block');
    if (this.#input.bits(1) === 1) throw malformed('uses randomised blocks, which no bzip2 since 1997 writes');
    const origin = this.#input.bits(24);
    const length = this.#readSymbols();
    this.#input.requireWithin(this.#ended);
    if (origin >= length) throw malformed('has a damaged block');
    yield* this.#expand(origin, length, crc);
    this.#streamCrc = ((this.#streamCrc << 1) | (this.#streamCrc >>> 31)) ^ crc;
  }

  /** Huffman codes, zero runs and move-to-front undone into `#block`; returns how many symbols, and leaves it ready to walk. */
  #readSymbols(): number {
    const input = this.#input;
    const alphabet = this.#readAlphabet();
    const endOfBlock = alphabet.length + 1;
    const codeCount = input.bits(3);
    if (codeCount < 2 || codeCount > 6) throw malformed('has a damaged block');
    const selectorCount = this.#readSelectors(codeCount);
    const codes = Array.from({ length: codeCount }, () => readCode(input, alphabet.length + 2));

    const block = this.#block;
    const capacity = this.#level * 100_000;
    const counts = new Uint32Array(256);
    let length = 0;
    let run = 0;
    let runShift = 0;
    for (let group = 0; group < selectorCount; group++) {
      const code = codes[this.#selectors[group] as number] as HuffmanCode;
      for (let left = GROUP_SIZE; left > 0; left--) {
        const symbol = decodeSymbol(input, code);
        if (symbol <= 1) {
          run += (symbol + 1) << runShift;
          runShift++;
          if (run > capacity - length) throw malformed('has a block longer than it may be');
          continue;
        }
        if (run > 0) {
          const byte = alphabet[0] as number;
          block.fill(byte, length, length + run);
          counts[byte] = (counts[byte] as number) + run;
          length += run;
          run = 0;
          runShift = 0;
        }
        if (symbol === endOfBlock) {
          linkSuccessors(block, length, counts);
          return length;
        }
        if (length === capacity) throw malformed('has a block longer than it may be');
        const byte = alphabet[symbol - 1] as number;
        alphabet.copyWithin(1, 0, symbol - 1);
        alphabet[0] = byte;
        block[length++] = byte;
        counts[byte] = (counts[byte] as number) + 1;
      }
    }
    throw malformed('has a damaged block');
  }

  #readAlphabet(): Uint8Array {
    const ranges = this.#input.bits(16);
    const used: number[] = [];
    for (let range = 0; range < 16; range++) {
      if ((ranges & (0x8000 >> range)) === 0) continue;
      const members = this.#input.bits(16);
      for (let at = 0; at < 16; at++) if ((members & (0x8000 >> at)) !== 0) used.push(range * 16 + at);
    }
    if (used.length === 0) throw malformed('has a damaged block');
    return Uint8Array.from(used);
  }

  #readSelectors(codeCount: number): number {
    const count = this.#input.bits(15);
    const recent = [0, 1, 2, 3, 4, 5];
    for (let at = 0; at < count; at++) {
      let place = 0;
      while (this.#input.bits(1) === 1) {
        place++;
        if (place >= codeCount) throw malformed('has a damaged block');
      }
      const [code = 0] = recent.splice(place, 1);
      recent.unshift(code);
      if (at < MAX_SELECTORS) this.#selectors[at] = code;
    }
    return Math.min(count, MAX_SELECTORS);
  }

  /** Walks the Burrows-Wheeler transform backwards and undoes the runs: four equal bytes are followed by a count. */
  *#expand(origin: number, length: number, expectedCrc: number): Generator<Uint8Array, void, void> {
    const block = this.#block;
    const piece = this.#piece;
    let at = (block[origin] as number) >>> 8;
    let crc = -1;
    let filled = 0;
    let previous = -1;
    let equal = 0;
    for (let left = length; left > 0; left--) {
      const entry = block[at] as number;
      at = entry >>> 8;
      const byte = entry & 0xff;
      let copies = 1;
      let value = byte;
      if (equal === 4) {
        copies = byte;
        value = previous;
        equal = 0;
        previous = -1;
      } else {
        equal = byte === previous ? equal + 1 : 1;
        previous = byte;
      }
      if (filled + copies > PIECE_BYTES) {
        yield piece.subarray(0, filled);
        filled = 0;
      }
      for (; copies > 0; copies--) {
        piece[filled++] = value;
        crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ value] as number);
      }
    }
    if (~crc !== expectedCrc) throw malformed('has a wrong checksum');
    if (filled > 0) yield piece.subarray(0, filled);
  }
}

function readCode(input: BitWindow, symbolCount: number): HuffmanCode {
  const lengths = new Uint8Array(symbolCount);
  const perLength = new Uint32Array(MAX_CODE_LENGTH + 2);
  let length = input.bits(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_LENGTH) throw malformed('has a damaged block');
      if (input.bits(1) === 0) break;
      length += input.bits(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
    perLength[length] = (perLength[length] as number) + 1;
  }
  const symbols = new Uint16Array(symbolCount);
  const limits = new Uint32Array(MAX_CODE_LENGTH + 1);
  const offsets = new Int32Array(MAX_CODE_LENGTH + 1);
  let next = 0;
  let minLength = 0;
  let code = 0;
  for (let bits = 1; bits <= MAX_CODE_LENGTH; bits++) {
    offsets[bits] = next - code;
    for (let symbol = 0; symbol < symbolCount; symbol++) if (lengths[symbol] === bits) symbols[next++] = symbol;
    const count = perLength[bits] as number;
    if (minLength === 0 && count > 0) minLength = bits;
    code += count;
    if (code > 1 << bits) throw malformed('has a damaged block');
    limits[bits] = code << (MAX_CODE_LENGTH - bits);
    code <<= 1;
  }
  return { minLength, limits, offsets, symbols };
}

function decodeSymbol(input: BitWindow, { minLength, limits, offsets, symbols }: HuffmanCode): number {
  const prefix = input.peek20();
  let length = minLength;
  while (length <= MAX_CODE_LENGTH && prefix >= (limits[length] as number)) length++;
  if (length > MAX_CODE_LENGTH) throw malformed('has a damaged block');
  input.skip(length);
  return symbols[(offsets[length] as number) + (prefix >>> (MAX_CODE_LENGTH - length))] as number;
}

/** Turns the last column into a linked list: each entry's high bits lead to the entry that follows it. */
function linkSuccessors(block: Uint32Array, length: number, counts: Uint32Array): void {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] as number;
    counts[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at++) {
    const byte = (block[at] as number) & 0xff;
    const place = counts[byte] as number;
    block[place] = (block[place] as number) | (at << 8);
    counts[byte] = place + 1;
  }
}

function crcTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    return crc;
  });
}

function malformed(what: string): MalformedError {
  return new MalformedError(`the bzip2 data ${what}`);
}
