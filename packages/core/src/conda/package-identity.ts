/** Is the package in an archive the one that its record speaks of? */
import { VerificationError } from '../errors.ts';
import { jsonEquals } from '../json/equals.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { InspectedPackage } from './package.ts';

const IDENTITY = ['name', 'version', 'build', 'build_number'] as const;
const DEPENDENCIES = ['depends', 'constrains'] as const;

/** A member in which archive and record differ without being refused: indexes are patched. */
export interface PatchedMember {
  readonly member: (typeof DEPENDENCIES)[number];
  readonly archived: readonly JsonValue[];
  readonly recorded: readonly JsonValue[];
}

/**
 * Holds `info/index.json` against the record of the verified index.
 *
 * @param subdir the folder the file stands in, `linux-64`
 * @param file the file's name
 * @returns the dependencies that differ, for the report.
 * @throws VerificationError `content-mismatch` where name, version, build, build number or subdir is another.
 */
export function checkPackageAgainstRecord(
  inspected: InspectedPackage,
  record: JsonObject,
  subdir: string,
  file: string,
): PatchedMember[] {
  const { index, fileName } = inspected;
  for (const member of IDENTITY) {
    const archived = index.get(member);
    const recorded = record.get(member);
    // A build number may be left out, and is 0 then.
    const absent = member === 'build_number' && (archived === undefined || recorded === undefined);
    if (absent ? isZero(archived) && isZero(recorded) : same(archived, recorded)) continue;
    throw mismatch(subdir, file, member, archived, recorded);
  }
  for (const member of ['name', 'version', 'build'] as const) {
    if (index.get(member) !== fileName[member]) {
      throw mismatch(subdir, file, member, index.get(member), fileName[member]);
    }
  }
  // Packages older than subdirs state none; the index puts them into a folder.
  for (const stated of [index.get('subdir'), record.get('subdir')]) {
    if (stated !== undefined && stated !== null && stated !== subdir) {
      throw mismatch(subdir, file, 'subdir', index.get('subdir'), subdir);
    }
  }
  return DEPENDENCIES.flatMap((member) => {
    const archived = listOf(index.get(member));
    const recorded = listOf(record.get(member));
    return jsonEquals(archived, recorded) ? [] : [{ member, archived, recorded }];
  });
}

function same(archived: JsonValue | undefined, recorded: JsonValue | undefined): boolean {
  return archived !== undefined && recorded !== undefined && jsonEquals(archived, recorded);
}

function isZero(value: JsonValue | undefined): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && 'literal' in value && value.literal === '0')
  );
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function mismatch(
  subdir: string,
  file: string,
  member: string,
  archived: JsonValue | undefined,
  recorded: JsonValue | undefined,
): VerificationError {
  const message = `${subdir}/${file}: \`${member}\` is ${shown(recorded)} in the index and ${shown(archived)} in the package`;
  return new VerificationError('content-mismatch', message, {
    hint: 'Do not install this file; tell the owner of the channel.',
    details: { file: `${subdir}/${file}`, member },
  });
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'object' && value !== null && 'literal' in value) return value.literal;
  return typeof value === 'string' || value === null ? JSON.stringify(value) : 'no text';
}
