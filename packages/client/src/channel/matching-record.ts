/** Which of the verified records of one file name describes the bytes at hand. */
import { checkRecordHashes, type PackageDigest, VerificationError } from '@antivenom/core';
import type { FoundRecord } from './find-record.ts';

/**
 * The record whose digest the bytes of a package have.
 *
 * @param records those of its file name, at least one
 * @param size in bytes; undefined where nobody counted them
 * @throws VerificationError `hash-mismatch`, `length-mismatch`; `unsafe-index` where a record states no hash
 */
export function matchingRecord(
  records: readonly FoundRecord[],
  sha256: string,
  size: number | undefined,
  name: string,
): FoundRecord {
  let expected: PackageDigest | undefined;
  let where = name;
  for (const found of records) {
    where = `${found.subdir}/${name}`;
    expected = checkRecordHashes(where, found.entry.record);
    if (expected.sha256 === sha256 && (size ?? expected.size) === (expected.size ?? size)) return found;
  }
  const hint =
    'Do not install this file: fetch it again, or from another mirror; if it stays, tell the owner of the channel.';
  if (expected?.size !== undefined && size !== undefined && expected.size !== size) {
    throw new VerificationError('length-mismatch', `${where} has ${size} bytes, and the index says ${expected.size}`, {
      hint,
      details: { file: where, expected: expected.size, found: size },
    });
  }
  throw new VerificationError('hash-mismatch', `${where} is not the file that the index describes`, {
    hint,
    details: { file: where, expected: expected?.sha256, found: sha256 },
  });
}
