import type { JsonLimits } from './limits.ts';
import { afterColon, duplicateKey, expectKey, notClosed, tooDeep } from './scan.ts';
import { readString, type StringToken } from './string-text.ts';
import {
  ascii,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  endOfScalar,
  malformedJson,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
} from './syntax.ts';
import { type JsonArray, JsonNumber, type JsonObject, type JsonValue } from './value.ts';

/**
 * Reads one JSON document without loss. Stricter than RFC 8259 asks: no byte-order mark, no duplicate keys, no lone
 * surrogates, no float that overflows a double.
 *
 * @throws MalformedError with `details.offset` (bytes).
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  return readJsonAt(bytes, 0, bytes.length, limits);
}

/**
 * Reads the document between two offsets of a larger one; offsets in errors count from the beginning of `bytes`.
 *
 * @throws MalformedError with `details.offset` (bytes).
 */
export function readJsonAt(bytes: Uint8Array, start: number, end: number, limits: JsonLimits): JsonValue {
  if (end - start > limits.maxBytes) {
    throw malformedJson(`it is longer than ${limits.maxBytes} bytes`, start + limits.maxBytes);
  }
  const token: StringToken = { text: '', end: 0 };
  const open: Container[] = [];
  let inner: Container | undefined;
  let at = skipSpace(bytes, start, end);
  for (;;) {
    const byte = at < end ? bytes[at] : undefined;
    let value: JsonValue;
    if (byte === QUOTE) {
      readString(bytes, at, end, token);
      value = token.text;
      at = token.end;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (open.length >= limits.maxDepth) throw tooDeep(limits, at);
      const container = byte === OPEN_OBJECT ? new ObjectFrame() : new ArrayFrame();
      at = skipSpace(bytes, at + 1, end);
      if (at < end && bytes[at] === container.close) {
        value = container.value;
        at++;
      } else {
        open.push(container);
        inner = container;
        if (container.close === CLOSE_OBJECT) at = readKey(bytes, at, end, container, token);
        continue;
      }
    } else {
      const from = at;
      at = endOfScalar(bytes, at, end);
      value = scalar(bytes, from, at);
    }

    for (;;) {
      at = skipSpace(bytes, at, end);
      if (inner === undefined) {
        if (at < end) throw malformedJson('something follows the value', at);
        return value;
      }
      inner.add(value);
      const after = at < end ? bytes[at] : undefined;
      if (after === COMMA) {
        at = skipSpace(bytes, at + 1, end);
        if (inner.close === CLOSE_OBJECT) at = readKey(bytes, at, end, inner, token);
        break;
      }
      if (after !== inner.close) throw notClosed(inner.close, at);
      value = inner.value;
      open.pop();
      inner = open[open.length - 1];
      at++;
    }
  }
}

type Container = ObjectFrame | ArrayFrame;

class ObjectFrame {
  readonly close = CLOSE_OBJECT;
  readonly value: JsonObject = new Map();
  key = '';

  add(value: JsonValue): void {
    this.value.set(this.key, value);
  }
}

class ArrayFrame {
  readonly close = CLOSE_ARRAY;
  readonly value: JsonArray = [];

  add(value: JsonValue): void {
    this.value.push(value);
  }
}

function readKey(bytes: Uint8Array, at: number, end: number, frame: ObjectFrame, token: StringToken): number {
  expectKey(bytes, at, end);
  readString(bytes, at, end, token);
  if (frame.value.has(token.text)) throw duplicateKey(token.text, at);
  frame.key = token.text;
  return afterColon(bytes, token.end, end);
}

function scalar(bytes: Uint8Array, start: number, end: number): JsonValue {
  switch (bytes[start]) {
    case 0x74:
      return true;
    case 0x66:
      return false;
    case 0x6e:
      return null;
    default:
      return new JsonNumber(ascii(bytes, start, end));
  }
}
