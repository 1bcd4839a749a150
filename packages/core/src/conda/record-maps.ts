/** What holds of the maps of records in every form of an index. */
import { VerificationError } from '../errors.ts';

/** A map that holds records: `v3.conda` stands for the object `conda` within the object `v3` (CEP 48). */
export type RecordMap = 'packages' | 'packages.conda' | `v3.${string}`;

/**
 * @param where names the form in the error: `repodata`
 * @throws VerificationError `unsafe-index` for a member that looks like a map of records and is none that a specification names,
 * because clients disagree on whether to read it.
 */
export function refuseUnknownMap(key: string, where: string): void {
  if (key === 'packages.conda' || !(key.startsWith('packages.') || key.startsWith('v3.'))) return;
  throw new VerificationError('unsafe-index', `${where}: \`${key}\` is a map of records that no specification names`, {
    hint: 'Index the channel with a current conda-index or rattler-index.',
    details: { map: key },
  });
}

/** The refusal of a file of which two maps tell two stories: two clients would install two things. */
export function twoStories(file: string, one: RecordMap, other: RecordMap): VerificationError {
  const message = `${file} stands in \`${one}\` and in \`${other}\` with different content`;
  return new VerificationError('name-mismatch', message, {
    hint: 'Index the channel again; if it is not yours, tell its owner.',
    details: { file },
  });
}
