import { MalformedError } from '../errors.ts';
import type { JsonLimits } from '../json/limits.ts';
import { floatText } from '../json/number-text.ts';
import { quoteBriefly } from '../json/quote.ts';
import { JsonNumber } from '../json/value.ts';
import type { MsgpackValue } from './value.ts';

/**
 * Reads one MessagePack document, which must fill `bytes`. Byte strings in the result are copies.
 *
 * @throws MalformedError with `details.offset` (bytes), also for what shards never hold: extension types, keys that are not
 * strings or stand twice, NaN and the infinities; and where limits are passed.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function readMsgpack(bytes: Uint8Array, limits: JsonLimits): MsgpackValue {
  if (bytes.length > limits.maxBytes) {
    throw malformedMsgpack(`it is longer than ${limits.maxBytes} bytes`, limits.maxBytes);
  }
  const source = new Source(bytes);
  const open: Frame[] = [];
  for (;;) {
    const inner = open[open.length - 1];
    if (inner instanceof MapFrame) inner.readKey(source);
    const start = source.at;
    let value = readHead(source);
    if (value instanceof MapFrame || value instanceof ArrayFrame) {
      if (open.length >= limits.maxDepth) {
        throw malformedMsgpack(`arrays and maps are nested more than ${limits.maxDepth} deep`, start);
      }
      if (value.left > 0) {
        open.push(value);
        continue;
      }
      value = value.value;
    }
    for (;;) {
      const frame = open[open.length - 1];
      if (frame === undefined) {
        if (source.at < bytes.length) throw malformedMsgpack('something follows the value', source.at);
        return value;
      }
      frame.add(value);
      if (frame.left > 0) break;
      value = frame.value;
      open.pop();
    }
  }
}

type Frame = ArrayFrame | MapFrame;

class ArrayFrame {
  readonly value: MsgpackValue[] = [];
  left: number;

  constructor(length: number) {
    this.left = length;
  }

  add(value: MsgpackValue): void {
    this.value.push(value);
    this.left--;
  }
}

class MapFrame {
  readonly value = new Map<string, MsgpackValue>();
  left: number;
  #key = '';

  constructor(length: number) {
    this.left = length;
  }

  readKey(source: Source): void {
    const start = source.at;
    const key = readHead(source);
    if (typeof key !== 'string') throw malformedMsgpack('the key of a map is no string', start);
    if (this.value.has(key)) {
      throw malformedMsgpack(`the key ${quoteBriefly(key)} stands twice in one map`, start);
    }
    this.#key = key;
  }

  add(value: MsgpackValue): void {
    this.value.set(this.#key, value);
    this.left--;
  }
}

/** The value at the cursor; of an array or map, the frame that takes its elements. */
function readHead(source: Source): MsgpackValue | Frame {
  const start = source.at;
  const head = source.unsigned(1);
  if (head <= 0x7f) return JsonNumber.ofInteger(head);
  if (head <= 0x8f) return new MapFrame(head & 0x0f);
  if (head <= 0x9f) return new ArrayFrame(head & 0x0f);
  if (head <= 0xbf) return source.text(head & 0x1f);
  if (head >= 0xe0) return JsonNumber.ofInteger(head - 0x100);
  switch (head) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return Uint8Array.from(source.take(source.unsigned(1 << (head - 0xc4)))); // not slice: a Buffer's is a view
    case 0xca:
      return float(source.view(4).getFloat32(0), start);
    case 0xcb:
      return float(source.view(8).getFloat64(0), start);
    case 0xcc:
    case 0xcd:
    case 0xce:
      return JsonNumber.ofInteger(source.unsigned(1 << (head - 0xcc)));
    case 0xcf:
      return new JsonNumber(String(source.view(8).getBigUint64(0)));
    case 0xd0:
      return JsonNumber.ofInteger(source.view(1).getInt8(0));
    case 0xd1:
      return JsonNumber.ofInteger(source.view(2).getInt16(0));
    case 0xd2:
      return JsonNumber.ofInteger(source.view(4).getInt32(0));
    case 0xd3:
      return new JsonNumber(String(source.view(8).getBigInt64(0)));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return source.text(source.unsigned(1 << (head - 0xd9)));
    case 0xdc:
    case 0xdd:
      return new ArrayFrame(source.unsigned(2 << (head - 0xdc)));
    case 0xde:
    case 0xdf:
      return new MapFrame(source.unsigned(2 << (head - 0xde)));
    default:
      throw malformedMsgpack('a value is of a type that shards do not have', start);
  }
}

function float(value: number, offset: number): JsonNumber {
  if (!Number.isFinite(value)) throw malformedMsgpack('a float is NaN or infinite', offset);
  return new JsonNumber(floatText(value));
}

class Source {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.#bytes.length) throw malformedMsgpack('it ends within a value', this.#bytes.length);
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  view(length: number): DataView {
    const taken = this.take(length);
    return new DataView(taken.buffer, taken.byteOffset, length);
  }

  /** @param length 1, 2 or 4 bytes, big-endian */
  unsigned(length: number): number {
    let value = 0;
    for (const byte of this.take(length)) value = value * 0x100 + byte;
    return value;
  }

  text(length: number): string {
    const start = this.at;
    const taken = this.take(length);
    try {
      return this.#decoder.decode(taken);
    } catch (cause) {
      throw malformedMsgpack('a string is not valid UTF-8', start, cause);
    }
  }
}

function malformedMsgpack(reason: string, offset: number, cause?: unknown): MalformedError {
  return new MalformedError(`not well-formed MessagePack: ${reason} (byte ${offset})`, {
    hint: 'The file is damaged, or something else was sent in its place: fetch it again, or ask its owner.',
    details: { offset },
    cause,
  });
}
