/**
 * Compares two strings by code point, as Python and UTF-8 bytes do. JavaScript's own order is by UTF-16 unit, which puts
 * U+10000 (units d800 dc00) before U+FF61.
 */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Sorts keys by code point, in place. Where none holds a surrogate, JavaScript's own order is that, and many times faster. */
export function sortByCodePoint(keys: string[]): string[] {
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

const SURROGATE = /[\ud800-\udfff]/;

/** Moves the surrogates, which stand for the code points from U+10000 on, behind all other units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit <= 0xdfff ? unit + 0x2000 : unit - 0x800;
}
