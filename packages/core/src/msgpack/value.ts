import type { JsonNumber } from '../json/value.ts';

/**
 * MessagePack as CEP 16 shards use it: JSON's values and byte strings. Integers have integer literals, floats the literal that
 * Python's `repr` gives them.
 */
export type MsgpackValue =
  | null
  | boolean
  | string
  | JsonNumber
  | Uint8Array
  | MsgpackValue[]
  | Map<string, MsgpackValue>;
