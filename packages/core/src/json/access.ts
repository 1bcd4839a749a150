/**
 * Takes values out of what was read, or says in one line what they should have been. `where` names the place for a person:
 * "key_mgr.json: `version`".
 */
import { MalformedError } from '../errors.ts';
import { isIntegerLiteral } from './integer.ts';
import { type JsonArray, JsonNumber, type JsonObject, type JsonValue } from './value.ts';

/** @throws MalformedError */
export function expectObject(value: JsonValue, where: string): JsonObject {
  if (value instanceof Map) return value;
  throw mustBe(where, 'an object', value);
}

/** @throws MalformedError */
export function expectArray(value: JsonValue, where: string): JsonArray {
  if (Array.isArray(value)) return value;
  throw mustBe(where, 'an array', value);
}

/** @throws MalformedError */
export function expectString(value: JsonValue, where: string): string {
  if (typeof value === 'string') return value;
  throw mustBe(where, 'a string', value);
}

/** @throws MalformedError */
export function expectBoolean(value: JsonValue, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw mustBe(where, 'true or false', value);
}

/** Bounds of {@link expectInteger}, both included; without them, what JavaScript holds exactly (±(2^53 - 1)). */
export interface IntegerRange {
  readonly min?: number;
  readonly max?: number;
}

/**
 * A whole JSON integer (not `2.0`, not `1e2`) within the range.
 *
 * @throws MalformedError
 */
export function expectInteger(value: JsonValue, where: string, range: IntegerRange = {}): number {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range;
  if (value instanceof JsonNumber && isIntegerLiteral(value.literal)) {
    const integer = Number(value.literal) + 0; // -0 becomes 0
    if (Number.isSafeInteger(integer) && integer >= min && integer <= max) return integer;
  }
  const bounds = [
    range.min === undefined ? undefined : `≥ ${range.min}`,
    range.max === undefined ? undefined : `≤ ${range.max}`,
  ];
  throw mustBe(where, ['an integer', bounds.filter(Boolean).join(' and ')].join(' ').trimEnd(), value);
}

/**
 * A member that must be there.
 *
 * @throws MalformedError
 */
export function member(object: JsonObject, name: string, where: string): JsonValue {
  const value = object.get(name);
  if (value === undefined) throw new MalformedError(`${where}: \`${name}\` is missing`, { hint: HINT });
  return value;
}

/** A member that may be absent. `null` is a value, and is returned as such. */
export function optionalMember(object: JsonObject, name: string): JsonValue | undefined {
  return object.get(name);
}

const HINT = 'The file is not of the format it should have: ask its owner, or fetch it again.';

function mustBe(where: string, what: string, value: JsonValue): MalformedError {
  return new MalformedError(`${where} must be ${what}, and is ${shown(value)}`, { hint: HINT });
}

function shown(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return 'a string';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Map) return 'an object';
  return value.literal.length > 30 ? 'a number of many digits' : value.literal;
}
