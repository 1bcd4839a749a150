/** Are the packages on disk those that the index describes? */
import { join } from 'node:path';
import { VerificationError } from '@antivenom/core';
import { isMissing } from '@antivenom/node';
import { factsOfFile } from '../channel/published-targets.ts';
import type { Refused } from '../operations.ts';
import { refusalOf, type SourceIndex, type SourceRecord } from './source-index.ts';

/** Hashes every package of an index: names those that differ in `refused`, and returns those that are not there. */
export async function checkPackages(folder: string, source: SourceIndex, refused: Refused[]): Promise<string[]> {
  const missing: string[] = [];
  for (const record of source.records) {
    const path = `${source.subdir}/${record.file}`;
    try {
      await checkPackage(join(folder, record.file), path, record);
    } catch (error) {
      if (isMissing(error)) missing.push(path);
      else refused.push(refusalOf(path, error));
    }
  }
  return missing;
}

async function checkPackage(file: string, path: string, { sha256, size }: SourceRecord): Promise<void> {
  const { length, sha256: found } = await factsOfFile(path, file);
  const hint = 'Index the channel again, or bring back the package that was indexed.';
  if (size !== undefined && length !== size) {
    throw new VerificationError('length-mismatch', `${path} has ${length} bytes, its record says ${size}`, {
      hint,
      details: { expected: size, found: length },
    });
  }
  if (found === sha256) return;
  throw new VerificationError('hash-mismatch', `${path} has the SHA-256 ${found}, its record says ${sha256}`, {
    hint,
    details: { expected: sha256, found },
  });
}
