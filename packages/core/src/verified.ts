/**
 * A value whose bytes were verified. Only the verifying functions of core mint it, so a function that takes
 * `Verified<T>` cannot be called with a step left out.
 */
declare const verifiedBrand: unique symbol;

export type Verified<T> = T & { readonly [verifiedBrand]: true };

/** For the verifying functions of core alone: not exported from the package. */
export function mintVerified<T>(value: T): Verified<T> {
  return value as Verified<T>;
}
