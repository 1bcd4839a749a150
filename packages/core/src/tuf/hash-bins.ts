/**
 * 2^bitLength roles `<prefix>-<hex>` that share their keys, each for the paths whose SHA-256 begins with its number.
 *
 * @see https://github.com/theupdateframework/taps/blob/master/tap15.md
 */
import { expectInteger, expectObject, expectString, member } from '../json/access.ts';
import type { JsonValue } from '../json/value.ts';
import type { CryptoPort } from '../ports.ts';
import { parseRole, type Role } from './role.ts';

export interface HashBins extends Role {
  readonly namePrefix: string;
  /** 1 to 32 */
  readonly bitLength: number;
}

/** What decides which bin a path falls into, and what that is called. */
export type Binning = Pick<HashBins, 'namePrefix' | 'bitLength'>;

export function parseBins(value: JsonValue, where: string): HashBins {
  const at = `${where}: \`succinct_roles\``;
  const raw = expectObject(value, at);
  return {
    ...parseRole(raw, at),
    namePrefix: expectString(member(raw, 'name_prefix', at), `${at}: \`name_prefix\``),
    bitLength: expectInteger(member(raw, 'bit_length', at), `${at}: \`bit_length\``, { min: 1, max: 32 }),
  };
}

/** The number of the bin that a target path falls into, from 0 on. */
export function binOfPath(path: string, { bitLength }: Binning, crypto: CryptoPort): number {
  return binOfDigest(crypto.createHash('sha256').update(new TextEncoder().encode(path)).digest(), bitLength);
}

/** @param digest the SHA-256 of a target path */
export function binOfDigest(digest: Uint8Array, bitLength: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = digest;
  return Math.floor((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** (32 - bitLength));
}

export function binName(number: number, { namePrefix, bitLength }: Binning): string {
  const digits = (2 ** bitLength - 1).toString(16).length;
  return `${namePrefix}-${number.toString(16).padStart(digits, '0')}`;
}

/** The number of the bin of that name, or undefined where none is called so. */
export function binNumber(name: string, bins: Binning): number | undefined {
  const number = Number.parseInt(name.slice(bins.namePrefix.length + 1), 16);
  return number >= 0 && number < 2 ** bins.bitLength && binName(number, bins) === name ? number : undefined;
}
