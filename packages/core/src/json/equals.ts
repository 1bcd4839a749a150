import { numberText } from './number-text.ts';
import { JsonNumber, type JsonValue } from './value.ts';

/**
 * Whether two values mean the same: objects whatever the order of their members, numbers when Python would print them alike (`1.0`
 * and `1.00` are equal, `1` and `1.0` are not). Iterative, so that no nesting exhausts the stack.
 */
export function jsonEquals(a: JsonValue, b: JsonValue): boolean {
  const left: JsonValue[] = [a];
  const right: JsonValue[] = [b];
  while (left.length > 0) {
    const one = left.pop() as JsonValue;
    const other = right.pop() as JsonValue;
    if (one === other) continue;
    if (Array.isArray(one)) {
      if (!Array.isArray(other) || one.length !== other.length) return false;
      for (const value of one) left.push(value);
      for (const value of other) right.push(value);
    } else if (one instanceof Map) {
      if (!(other instanceof Map) || one.size !== other.size) return false;
      for (const [key, value] of one) {
        const counterpart = other.get(key);
        if (counterpart === undefined) return false;
        left.push(value);
        right.push(counterpart);
      }
    } else if (one instanceof JsonNumber) {
      if (!(other instanceof JsonNumber)) return false;
      if (one.literal !== other.literal && numberText(one) !== numberText(other)) return false;
    } else return false;
  }
  return true;
}
