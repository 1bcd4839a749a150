import type { JsonNumber } from './value.ts';

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

/** Whether the literal is a JSON integer: `2.0` and `1e2` are not. */
export function isIntegerLiteral(literal: string): boolean {
  return INTEGER.test(literal);
}

/** The exact value of a whole JSON integer of any size; undefined for `2.0` and `1e2`. `-0` is 0. */
export function integerOf(number: JsonNumber): bigint | undefined {
  return isIntegerLiteral(number.literal) ? BigInt(number.literal) : undefined;
}
