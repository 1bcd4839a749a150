/**
 * MessagePack as CEP 16 shards use it.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import type { JsonNumber } from '../json/value.ts';

/** Bytes stand beside JSON's values; integers have integer literals, floats those of Python's `repr`. */
export type MsgpackValue =
  | null
  | boolean
  | string
  | JsonNumber
  | Uint8Array
  | MsgpackValue[]
  | Map<string, MsgpackValue>;
