/** Keys as TUF metadata writes them. */
import { ContentTrustError } from '../errors.ts';
import { expectObject, expectString, member } from '../json/access.ts';
import { object } from '../json/build.ts';
import { olpcCanonical } from '../json/olpc-canonical.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { type KeyType, PublicKey } from '../keys/public-key.ts';
import type { CryptoPort } from '../ports.ts';
import { spkiToPem } from './pem.ts';

/** A key of metadata. One of an unknown type or scheme is kept, and never counts. */
export type TufKey = { readonly raw: JsonObject } & (
  | { readonly publicKey: PublicKey }
  | { readonly publicKey?: undefined /** Why it can verify nothing. */; readonly unusable: string }
);

const SCHEMES: ReadonlyMap<string, KeyType> = new Map([
  ['ed25519/ed25519', 'ed25519'],
  ['ecdsa/ecdsa-sha2-nistp256', 'ecdsa-p256'],
  ['ecdsa-sha2-nistp256/ecdsa-sha2-nistp256', 'ecdsa-p256'],
  ['rsa/rsassa-pss-sha256', 'rsa-pss'],
]);

/**
 * Reads the member `keys`, key id → key.
 *
 * @throws MalformedError where an entry is no key object; not for a key that cannot be used.
 * @see https://theupdateframework.github.io/specification/v1.0.34/#role-public-keys
 */
export function parseKeys(value: JsonValue, where: string): ReadonlyMap<string, TufKey> {
  const keys = new Map<string, TufKey>();
  for (const [keyId, key] of expectObject(value, `${where}: \`keys\``)) {
    keys.set(
      keyId,
      parseKey(expectObject(key, `${where}: key ${JSON.stringify(keyId)}`), `${where}: key ${JSON.stringify(keyId)}`),
    );
  }
  return keys;
}

function parseKey(raw: JsonObject, where: string): TufKey {
  const keytype = expectString(member(raw, 'keytype', where), `${where}: \`keytype\``);
  const scheme = expectString(member(raw, 'scheme', where), `${where}: \`scheme\``);
  const keyval = expectObject(member(raw, 'keyval', where), `${where}: \`keyval\``);
  const type = SCHEMES.get(`${keytype}/${scheme}`);
  if (type === undefined) return { raw, unusable: `keys of type ${keytype} with scheme ${scheme} are unknown` };
  const text = expectString(member(keyval, 'public', where), `${where}: \`public\``);
  try {
    const publicKey = type === 'ed25519' ? PublicKey.ed25519Hex(text) : PublicKey.fromPem(text);
    if (publicKey.type === type) return { raw, publicKey };
    return { raw, unusable: `the key is of type ${publicKey.type}, not ${keytype}` };
  } catch (error) {
    if (error instanceof ContentTrustError) return { raw, unusable: error.message };
    throw error;
  }
}

/** The key object that our metadata carries. */
export function tufKeyObject(key: PublicKey): JsonObject {
  const [keytype, scheme] = {
    ed25519: ['ed25519', 'ed25519'],
    'ecdsa-p256': ['ecdsa', 'ecdsa-sha2-nistp256'],
    'rsa-pss': ['rsa', 'rsassa-pss-sha256'],
  }[key.type] as [string, string];
  const material = key.type === 'ed25519' ? bytesToHex(key.bytes) : spkiToPem(key.bytes);
  return object({ keytype, scheme, keyval: object({ public: material }) });
}

/** Our key ids: SHA-256 (hex) over the canonical form of the key object. Readers take any id as an opaque name. */
export function keyId(key: PublicKey, crypto: CryptoPort): string {
  return bytesToHex(
    crypto
      .createHash('sha256')
      .update(olpcCanonical(tufKeyObject(key)))
      .digest(),
  );
}
