import { sortByCodePoint } from './code-point-order.ts';
import { emitJson } from './emit.ts';
import { numberText } from './number-text.ts';
import { quoteAscii } from './quote.ts';
import type { JsonValue } from './value.ts';

/**
 * The bytes that conda-content-trust 0.6 signs: those of Python's `json.dumps(value, indent=2, sort_keys=True)`.
 *
 * @throws MalformedError for a lone surrogate or a float that overflows.
 * @see https://github.com/conda/conda-content-trust/blob/main/conda_content_trust/common.py `canonserialize`
 */
export function cctCanonical(value: JsonValue): Uint8Array {
  return emitJson(value, {
    indent: 2,
    colon: ': ',
    order: sortByCodePoint,
    string: quoteAscii,
    number: numberText,
  });
}
