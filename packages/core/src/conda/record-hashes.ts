/**
 * A package is proved by its record's SHA-256 alone: MD5 can be forged, and a record with neither would let any bytes pass.
 */
import { VerificationError } from '../errors.ts';
import { integerOf } from '../json/integer.ts';
import { JsonNumber, type JsonObject } from '../json/value.ts';

/** What the bytes of a package must be: hex (64 characters) and, where the record states it, the length in bytes. */
export interface PackageDigest {
  readonly sha256: string;
  readonly size: number | undefined;
}

/**
 * Reads the digest a record proves its package by.
 *
 * @param where the record's name for messages, `linux-64/zlib-1.2.11-0.conda`
 * @throws VerificationError `unsafe-index` where `sha256` is missing or not 64 lower-case hex digits, or `size` is no
 * whole number of bytes.
 */
export function checkRecordHashes(where: string, record: JsonObject): PackageDigest {
  const sha256 = record.get('sha256');
  if (sha256 === undefined || sha256 === null) {
    throw unsafe(
      where,
      record.has('md5') ? 'the record states `md5` alone, which can be forged' : 'the record states no hash',
    );
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw unsafe(where, '`sha256` must be 64 lower-case hex digits');
  }
  return { sha256, size: sizeOf(where, record) };
}

function sizeOf(where: string, record: JsonObject): number | undefined {
  const value = record.get('size');
  if (value === undefined || value === null) return undefined;
  const size = value instanceof JsonNumber ? integerOf(value) : undefined;
  if (size === undefined || size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw unsafe(where, '`size` must be a whole number of bytes');
  }
  return Number(size);
}

function unsafe(where: string, what: string): VerificationError {
  return new VerificationError('unsafe-index', `${where}: ${what}, so no one can prove the package`, {
    hint: 'Index the channel again with sha256 hashes.',
    details: { file: where },
  });
}
