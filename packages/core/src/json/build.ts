import { JsonNumber, type JsonObject, type JsonValue } from './value.ts';

type Buildable = JsonValue | number;

/**
 * Builds an object of our own, in the order given; numbers must be safe integers. Names from outside go in as entries: a record
 * would reorder those that look like integers.
 */
export function object(
  members: Iterable<readonly [string, Buildable]> | Readonly<Record<string, Buildable>>,
): JsonObject {
  const entries = isIterable(members) ? members : Object.entries(members);
  const built: JsonObject = new Map();
  for (const [key, value] of entries) {
    built.set(key, typeof value === 'number' ? JsonNumber.ofInteger(value) : value);
  }
  return built;
}

function isIterable<T>(members: Iterable<T> | object): members is Iterable<T> {
  return Symbol.iterator in members;
}
