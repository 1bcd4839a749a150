/**
 * What Ed25519 encodings must be before any back end is asked. Back ends differ here: some take an all-identity triple as a
 * signature of every message, or two encodings of one signature.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1.7
 */

/** 2^255 - 19. */
const FIELD_PRIME = 2n ** 255n - 19n;
/** The order of the base point. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The y of two of the points of order 8; that of the other two is p less this. */
const ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;

/** The y of the eight points whose order divides the cofactor; x only tells the sign, so five values name them all. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  1n, // order 1
  FIELD_PRIME - 1n, // order 2
  0n, // order 4, twice
  ORDER_8_Y, // order 8, twice
  FIELD_PRIME - ORDER_8_Y, // order 8, twice
]);

/**
 * Whether 32 bytes may be the encoding of a public key A or of a signature's R: y < p, and the point of no small order. An x
 * of 0 with the sign bit set, the other non-canonical encoding, occurs at small orders alone. That the point is on the curve
 * is left to the back end.
 */
export function isSoundPoint(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  const y = littleEndian(encoded) & ((1n << 255n) - 1n);
  return y < FIELD_PRIME && !SMALL_ORDER_Y.has(y);
}

/** Whether 64 bytes may be a signature `R ‖ S`: R sound, S < L. */
export function isSoundSignature(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  return littleEndian(signature.subarray(32)) < GROUP_ORDER && isSoundPoint(signature.subarray(0, 32));
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  return value;
}
