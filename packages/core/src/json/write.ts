import { emitJson } from './emit.ts';
import { quotePlain } from './quote.ts';
import type { JsonValue } from './value.ts';

export interface JsonLayout {
  /** Spaces a level; without it, all on one line without spaces. */
  readonly indent?: number;
}

/**
 * Writes a value with its members in the order of appearance and its numbers as they were written.
 *
 * @throws MalformedError for a lone surrogate.
 */
export function writeJson(value: JsonValue, layout: JsonLayout = {}): Uint8Array {
  return emitJson(value, {
    indent: layout.indent,
    colon: layout.indent === undefined ? ':' : ': ',
    order: (keys) => keys,
    string: quotePlain,
    number: (number) => number.literal,
  });
}
