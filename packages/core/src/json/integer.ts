import type { JsonNumber } from './value.ts';

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

/** Whether the literal is a JSON integer: `2.0` and `1e2` are not. */
export function isIntegerLiteral(literal: string): boolean {
  return INTEGER.test(literal);
}

/** What Python converts at most; beyond it, conversion takes time that grows faster than the number. */
const MOST_DIGITS = 4300;

/**
 * The exact value of a whole JSON integer. Undefined for `2.0` and `1e2`, and for integers of more than 4,300 digits, which
 * Python does not take either. `-0` is 0.
 */
export function integerOf(number: JsonNumber): bigint | undefined {
  const { literal } = number;
  return literal.length <= MOST_DIGITS && isIntegerLiteral(literal) ? BigInt(literal) : undefined;
}
