import { MalformedError } from '../errors.ts';
import { integerOf } from '../json/integer.ts';
import { doubleOf } from '../json/number-text.ts';
import { JsonNumber } from '../json/value.ts';
import type { MsgpackValue } from './value.ts';

/**
 * Writes a value as MessagePack, each number and length in its shortest form, members in the order of appearance. Integer literals
 * become integers, all others 64-bit floats.
 *
 * @throws MalformedError for integers outside -2^63 to 2^64 - 1, floats that overflow, and lone surrogates.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function writeMsgpack(value: MsgpackValue): Uint8Array {
  const sink = new Sink();
  // What is still to be written, the next one last: an explicit stack, so that no nesting exhausts the engine's.
  const rest: MsgpackValue[] = [value];
  while (rest.length > 0) {
    const next = rest.pop() as MsgpackValue;
    if (Array.isArray(next)) {
      sink.head(next.length, 0x90, 0x0f, [undefined, 0xdc, 0xdd]);
      for (let at = next.length - 1; at >= 0; at--) rest.push(next[at] as MsgpackValue);
    } else if (next instanceof Map) {
      sink.head(next.size, 0x80, 0x0f, [undefined, 0xde, 0xdf]);
      for (const [key, member] of [...next].reverse()) rest.push(member, key);
    } else writeScalar(sink, next);
  }
  return sink.written();
}

function writeScalar(sink: Sink, value: null | boolean | string | JsonNumber | Uint8Array): void {
  if (value === null) sink.bytes(0xc0);
  else if (typeof value === 'boolean') sink.bytes(value ? 0xc3 : 0xc2);
  else if (typeof value === 'string') {
    if (!value.isWellFormed()) {
      throw new MalformedError('a string holds half of a surrogate pair, which no file can hold');
    }
    const text = new TextEncoder().encode(value);
    sink.head(text.length, 0xa0, 0x1f, [0xd9, 0xda, 0xdb]);
    sink.append(text);
  } else if (value instanceof JsonNumber) writeNumber(sink, value);
  else {
    sink.head(value.length, 0, -1, [0xc4, 0xc5, 0xc6]);
    sink.append(value);
  }
}

function writeNumber(sink: Sink, number: JsonNumber): void {
  const integer = integerOf(number);
  if (integer === undefined) {
    sink.bytes(0xcb);
    sink.view(8).setFloat64(0, doubleOf(number));
  } else if (integer >= 0n && integer <= 0xffffffffn) {
    sink.head(Number(integer), 0x00, 0x7f, [0xcc, 0xcd, 0xce]);
  } else if (integer >= 0n && integer < 1n << 64n) {
    sink.bytes(0xcf);
    sink.view(8).setBigUint64(0, integer);
  } else if (integer >= -0x20n && integer < 0n) sink.bytes(Number(integer) + 0x100);
  else if (integer >= -0x80n && integer < 0n) {
    sink.bytes(0xd0);
    sink.view(1).setInt8(0, Number(integer));
  } else if (integer >= -0x8000n && integer < 0n) {
    sink.bytes(0xd1);
    sink.view(2).setInt16(0, Number(integer));
  } else if (integer >= -0x80000000n && integer < 0n) {
    sink.bytes(0xd2);
    sink.view(4).setInt32(0, Number(integer));
  } else if (integer >= -(1n << 63n) && integer < 0n) {
    sink.bytes(0xd3);
    sink.view(8).setBigInt64(0, integer);
  } else throw new MalformedError('an integer does not fit into the 64 bits that MessagePack has for it');
}

class Sink {
  #buffer = new Uint8Array(1024);
  #length = 0;

  /** A length or unsigned integer: within the first byte if it is at most `small`, else after the marker for 1, 2 or 4 bytes. */
  head(value: number, base: number, small: number, markers: readonly [number | undefined, number, number]): void {
    const [one, two, four] = markers;
    if (value <= small) this.bytes(base | value);
    else if (one !== undefined && value <= 0xff) this.bytes(one, value);
    else if (value <= 0xffff) {
      this.bytes(two);
      this.view(2).setUint16(0, value);
    } else {
      this.bytes(four);
      this.view(4).setUint32(0, value);
    }
  }

  bytes(...values: number[]): void {
    this.append(values);
  }

  append(values: ArrayLike<number>): void {
    this.#grow(values.length);
    this.#buffer.set(values, this.#length - values.length);
  }

  /** Room for `length` bytes, to be filled at once. */
  view(length: number): DataView {
    this.#grow(length);
    return new DataView(this.#buffer.buffer, this.#length - length, length);
  }

  written(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #grow(length: number): void {
    this.#length += length;
    if (this.#length <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
