import type { JsonNumber, JsonValue } from './value.ts';

/** How one written form of JSON differs from another. */
export interface JsonStyle {
  /** Spaces a level, each member on its own line; undefined puts all on one line. */
  readonly indent: number | undefined;
  readonly colon: ':' | ': ';
  /** The order of members: given the keys as they appeared. */
  readonly order: (keys: string[]) => string[];
  /** A string with its quotes. */
  readonly string: (text: string) => string;
  readonly number: (number: JsonNumber) => string;
}

/** How much text is encoded at once: far below what V8 holds in one string. */
const CHUNK = 1 << 20;

interface Frame {
  /** In the order of writing; undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly values: readonly JsonValue[];
  written: number;
}

/** Writes a value in a style, as UTF-8. Iterative, so that no nesting exhausts the stack. */
export function emitJson(value: JsonValue, style: JsonStyle): Uint8Array {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  const open: Frame[] = [];
  let text = '';
  let next: JsonValue | undefined = value;
  for (;;) {
    if (next !== undefined) {
      const frame = frameOf(next, style);
      if (frame === undefined) text += scalarText(next, style);
      else {
        text += frame.keys === undefined ? '[' : '{';
        open.push(frame);
      }
    }
    const frame = open[open.length - 1];
    if (frame === undefined) break;
    if (frame.written < frame.values.length) {
      if (frame.written > 0) text += ',';
      text += lineBreak(style, open.length);
      const key = frame.keys?.[frame.written];
      if (key !== undefined) text += style.string(key) + style.colon;
      next = frame.values[frame.written];
      frame.written++;
    } else {
      open.pop();
      if (frame.written > 0) text += lineBreak(style, open.length);
      text += frame.keys === undefined ? ']' : '}';
      next = undefined;
    }
    if (text.length > CHUNK) {
      chunks.push(encoder.encode(text));
      text = '';
    }
  }
  chunks.push(encoder.encode(text));
  return concatenate(chunks);
}

function frameOf(value: JsonValue, style: JsonStyle): Frame | undefined {
  if (Array.isArray(value)) return { keys: undefined, values: value, written: 0 };
  if (!(value instanceof Map)) return undefined;
  const keys = value.size < 2 ? [...value.keys()] : style.order([...value.keys()]);
  return { keys, values: keys.map((key) => value.get(key) as JsonValue), written: 0 };
}

function scalarText(value: JsonValue, style: JsonStyle): string {
  if (typeof value === 'string') return style.string(value);
  if (value === null || typeof value === 'boolean') return String(value);
  return style.number(value as JsonNumber);
}

function lineBreak(style: JsonStyle, depth: number): string {
  return style.indent === undefined ? '' : `\n${' '.repeat(style.indent * depth)}`;
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
