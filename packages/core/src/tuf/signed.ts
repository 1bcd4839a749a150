/** What all four types of TUF metadata have in common. */
import { MalformedError, VerificationError } from '../errors.ts';
import { expectInteger, expectString, member } from '../json/access.ts';
import type { JsonObject } from '../json/value.ts';
import { parseTimestamp } from '../time.ts';

export type TufType = 'root' | 'timestamp' | 'snapshot' | 'targets';

export interface Signed {
  /** All that was signed, fields unknown to us too. */
  readonly raw: JsonObject;
  /** `1.…` */
  readonly specVersion: string;
  /** At least 1. */
  readonly version: number;
  /** ms since the epoch. */
  readonly expires: number;
}

/**
 * Reads the common part and checks that the metadata is of the type that must stand here.
 *
 * @param where the file's name for messages
 * @throws MalformedError for another type, another major version of the specification, a version that is no whole number
 * from 1 to 2^53-1, or an expiry that is no date.
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-object-format
 */
export function parseSigned(raw: JsonObject, type: TufType, where: string): Signed {
  const found = expectString(member(raw, '_type', where), `${where}: \`_type\``);
  if (found !== type) throw new MalformedError(`${where} is of type ${JSON.stringify(found)}, not ${type}`);
  const specVersion = expectString(member(raw, 'spec_version', where), `${where}: \`spec_version\``);
  if (!/^1\.\d+(\.\d+)?$/.test(specVersion)) {
    throw new MalformedError(`${where} follows version ${JSON.stringify(specVersion)} of the specification, not 1.x`, {
      hint: 'Update Antivenom.',
    });
  }
  return {
    raw,
    specVersion,
    version: expectInteger(member(raw, 'version', where), `${where}: \`version\``, { min: 1 }),
    expires: parseTimestamp(
      expectString(member(raw, 'expires', where), `${where}: \`expires\``),
      `${where}: \`expires\``,
    ),
  };
}

/** @throws VerificationError `version-mismatch` */
export function checkVersion(signed: Signed, expected: number, where: string): void {
  if (signed.version === expected) return;
  throw new VerificationError(
    'version-mismatch',
    `${where} is version ${signed.version}; version ${expected} must stand here`,
    {
      hint: 'Files of two publications were mixed, or one was withheld: try again, or another mirror.',
      details: { file: where, found: signed.version, expected },
    },
  );
}
