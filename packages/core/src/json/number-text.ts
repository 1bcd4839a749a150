import { MalformedError } from '../errors.ts';
import { isIntegerLiteral } from './integer.ts';
import type { JsonNumber } from './value.ts';

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * A number as Python's `json` prints what it read: integers digit by digit, floats as `repr` shows them.
 *
 * @throws MalformedError for a literal that is no JSON number, or a float that overflows a double.
 */
export function numberText(number: JsonNumber): string {
  const { literal } = number;
  if (isIntegerLiteral(literal)) return literal === '-0' ? '0' : literal;
  return floatText(doubleOf(number));
}

/**
 * The double nearest to the number.
 *
 * @throws MalformedError for a literal that is no JSON number, or one that overflows a double.
 */
export function doubleOf(number: JsonNumber): number {
  const value = NUMBER.test(number.literal) ? Number(number.literal) : Number.NaN;
  if (!Number.isFinite(value)) throw new MalformedError('a number is none that JSON and a double can hold');
  return value;
}

/**
 * A finite double as Python's `repr` prints it. The shortest digits are those of JavaScript; where the exponent begins is not:
 * Python writes it below 1e-4 and from 1e16 on, with two digits at least.
 */
export function floatText(value: number): string {
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.slice(0, 1)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
