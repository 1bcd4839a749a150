import { sortByCodePoint } from './code-point-order.ts';
import { emitJson } from './emit.ts';
import { quotePlain } from './quote.ts';
import type { JsonValue } from './value.ts';

/**
 * The bytes that mamba verifies: laid out as conda-content-trust's, but UTF-8 unescaped. Of control characters, `\b \t \n \f \r`
 * have their short form, the others up to U+001F are `\u00xx` in lower case; DEL stands as it is. Numbers must be integers.
 *
 * @throws MalformedError for a lone surrogate.
 * @see https://github.com/mamba-org/mamba/blob/main/libmamba/src/validation/update_framework_v0_6.cpp `canonicalize`
 */
export function mambaCanonical(value: JsonValue): Uint8Array {
  return emitJson(value, {
    indent: 2,
    colon: ': ',
    order: sortByCodePoint,
    string: quotePlain,
    number: ({ literal }) => literal,
  });
}
