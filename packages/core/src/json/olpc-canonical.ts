import { MalformedError } from '../errors.ts';
import { sortByCodePoint } from './code-point-order.ts';
import { emitJson } from './emit.ts';
import { isIntegerLiteral } from './integer.ts';
import { numberText } from './number-text.ts';
import { quoteOlpc } from './quote.ts';
import type { JsonNumber, JsonValue } from './value.ts';

/**
 * The bytes that TUF signs: OLPC's canonical JSON, in which only integers are numbers and control characters stand as they are.
 *
 * @throws MalformedError for a float or a lone surrogate.
 * @see https://theupdateframework.github.io/specification/v1.0.34/#document-formats
 */
export function olpcCanonical(value: JsonValue): Uint8Array {
  return emitJson(value, {
    indent: undefined,
    colon: ':',
    order: sortByCodePoint,
    string: quoteOlpc,
    number: integerText,
  });
}

function integerText(number: JsonNumber): string {
  if (isIntegerLiteral(number.literal)) return numberText(number);
  throw new MalformedError('a number is no integer, and canonical JSON has no other numbers');
}
