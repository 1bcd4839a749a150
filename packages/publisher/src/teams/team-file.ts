/** What a team handed over to be published: looked at as every consumer will look at it. */
import { dirname, join } from 'node:path';
import {
  FreshnessError,
  formatTimestamp,
  type RoleKeys,
  roleFileName,
  type Targets,
  VerificationError,
  type Verified,
  verifyTeamFile,
} from '@antivenom/core';
import { isMissing, linkFileAtomic, makeFolder, nodeCrypto, sha256Hex } from '@antivenom/node';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { pathInside, requireFoldersInside } from '../channel/inside-channel.ts';
import { OWN_LIMITS, type OwnMetadata } from '../channel/own-metadata.ts';
import { factsOfFile, factsOfTarget, hashPrefixedPath } from '../channel/published-targets.ts';
import { refusalOf } from '../indexes/source-index.ts';
import type { Refused, Warning } from '../operations.ts';
import type { SignedRole } from '../publication/edition.ts';
import { isPlaced, notThere } from './team-problems.ts';

export interface TeamFile extends SignedRole {
  readonly signed: Verified<Targets>;
  /** Whether the snapshot names this very file. */
  readonly isPublished: boolean;
}

/**
 * @param delegation the keys that it must be signed with
 * @throws MalformedError, VerificationError by what is wrong with it
 * @throws FreshnessError `expired`; `rollback` for an older version than the published one, or another file of that version
 */
export function readTeamFile(
  bytes: Uint8Array,
  team: string,
  delegation: RoleKeys,
  own: OwnMetadata,
  now: number,
): TeamFile {
  const signed = verifyTeamFile(bytes, team, delegation, { crypto: nodeCrypto, now, limits: OWN_LIMITS });
  const { version, expires } = signed;
  if (expires <= now) {
    throw new FreshnessError('expired', `what ${team} signed expired at ${formatTimestamp(expires)}`, {
      hint: 'Have the team sign anew: antivenom team sign',
      details: { team, expired: formatTimestamp(expires) },
    });
  }
  // Also of a delegation that was taken away meanwhile: consumers remember the version.
  const meta = own.snapshot.meta.get(`${team}.json`);
  const isPublished = meta?.hashes?.get('sha256') === sha256Hex(bytes);
  const published = meta?.version ?? 0;
  if (version <= published && !isPublished) {
    throw new FreshnessError('rollback', `${team} signed version ${version}, and ${published} was published`, {
      hint: `Have the team sign once more, going on from the newest ${published}.${team}.json of the channel's folder tuf.`,
      details: { team, version, published },
    });
  }
  return { role: team, version, path: `tuf/${roleFileName(team, version)}`, bytes, signed, isPublished };
}

export interface TeamPackages {
  /** File of the channel → its place under its hash, relative to the published folder. */
  readonly places: readonly (readonly [file: string, place: string])[];
  readonly warnings: readonly Warning[];
}

/**
 * Finds the files that a team listed, in the channel.
 *
 * @throws VerificationError `hash-mismatch` where one holds other bytes; all of them as `details.refused`
 */
export async function findTeamPackages(
  { source, published }: ChannelFolder,
  { role: team, signed }: TeamFile,
): Promise<TeamPackages> {
  const places: [string, string][] = [];
  const missing: string[] = [];
  const refused: Refused[] = [];
  for (const target of signed.targets.values()) {
    const facts = factsOfTarget(target);
    const place = hashPrefixedPath(facts);
    if (await isPlaced(published, facts)) continue;
    try {
      const file = await pathInside(source, facts.path);
      const found = await factsOfFile(facts.path, file);
      if (found.sha256 === facts.sha256) places.push([file, place]);
      else refused.push(refusalOf(facts.path, differs(facts.path, team)));
    } catch (error) {
      if (isMissing(error)) missing.push(facts.path);
      else refused.push(refusalOf(facts.path, error));
    }
  }
  const [first] = refused;
  if (first === undefined) return { places, warnings: missing.length === 0 ? [] : [notThere(team, missing)] };
  throw new VerificationError(first.code === 'unsafe-name' ? 'unsafe-name' : 'hash-mismatch', first.message, {
    hint: 'Nothing was published. Put the file that the team built into the channel, or have the team look at this one.',
    details: { ...first.details, refused },
  });
}

/** Puts them there. A run that is killed leaves files that nothing lists, which the next publication takes away. */
export async function placeTeamPackages({ published }: ChannelFolder, { places }: TeamPackages): Promise<string[]> {
  await requireFoldersInside(published);
  for (const [file, place] of places) {
    await makeFolder(dirname(join(published, place)));
    await linkFileAtomic(file, join(published, place));
  }
  return places.map(([, place]) => place);
}

function differs(path: string, team: string): VerificationError {
  return new VerificationError('hash-mismatch', `${path} is not the file that ${team} signed`, {
    details: { file: path, team },
  });
}
