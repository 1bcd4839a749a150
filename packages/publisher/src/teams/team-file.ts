/** What a team handed over to be published: looked at as every consumer will look at it. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  FreshnessError,
  formatTimestamp,
  MAMBA_CHAIN,
  type RoleKeys,
  readShardIndex,
  roleFileName,
  SHARD_INDEX,
  shardFileName,
  type Targets,
  VerificationError,
  type Verified,
  verifyTeamFile,
} from '@antivenom/core';
import {
  copyFileAtomic,
  isMissing,
  linkFileAtomic,
  makeFolder,
  nodeCrypto,
  nodeDecompression,
  sha256Hex,
} from '@antivenom/node';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { isSubdirIndex } from '../channel/index-targets.ts';
import { pathInside, requireFoldersInside } from '../channel/inside-channel.ts';
import type { OwnChain } from '../channel/own-chains.ts';
import { OWN_LIMITS, type OwnMetadata } from '../channel/own-metadata.ts';
import { factsOfFile, factsOfTarget, hashPrefixedPath } from '../channel/published-targets.ts';
import { INDEX_LIMITS, refusalOf } from '../indexes/source-index.ts';
import type { Refused, Warning } from '../operations.ts';
import { carryFiles } from '../publication/carry-files.ts';
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
      if (found.sha256 === facts.sha256)
        places.push([file, place], ...(await shardsBeside(file, facts.path, published)));
      else refused.push(refusalOf(facts.path, differs(facts.path, team)));
    } catch (error) {
      if (isMissing(error) && !isSubdirIndex(facts.path)) missing.push(facts.path);
      else if (isMissing(error)) refused.push(refusalOf(facts.path, notHere(facts.path, team)));
      else refused.push(refusalOf(facts.path, error));
    }
  }
  const [first] = refused;
  if (first === undefined) return { places, warnings: missing.length === 0 ? [] : [notThere(team, missing)] };
  const code = first.code === 'unsafe-name' || first.code === 'missing' ? first.code : 'hash-mismatch';
  throw new VerificationError(code, first.message, {
    hint: 'Nothing was published. Put the file that the team built into the channel, or have the team look at this one.',
    details: { ...first.details, refused },
  });
}

/** Puts them there. A run that is killed leaves files that nothing lists, which the next publication takes away. */
export async function placeTeamPackages(
  folders: ChannelFolder,
  { signed }: TeamFile,
  { places }: TeamPackages,
  chains: readonly OwnChain[],
): Promise<string[]> {
  const { source, published } = folders;
  await requireFoldersInside(published);
  const subdirs = new Set([...signed.targets.keys()].filter(isSubdirIndex).map(dirname));
  if (source !== published && subdirs.size > 0) {
    const isForMamba = chains.some(({ chain }) => chain === MAMBA_CHAIN);
    await carryFiles(folders, [...subdirs], isForMamba);
  }
  for (const [file, place] of places) {
    await makeFolder(dirname(join(published, place)));
    // An indexer may write into an index in place; a package never changes.
    if (place.endsWith('.conda') || place.endsWith('.tar.bz2')) await linkFileAtomic(file, join(published, place));
    else await copyFileAtomic(file, join(published, place));
  }
  return places.map(([, place]) => place);
}

/** The shards that a shard index names, where they have to be brought to another folder; named by their hash there too. */
async function shardsBeside(file: string, path: string, published: string): Promise<[string, string][]> {
  const subdir = dirname(path);
  if (basename(path) !== SHARD_INDEX || dirname(file) === join(published, subdir)) return [];
  const { shards } = readShardIndex(
    nodeDecompression.zstdSync(await readFile(file), INDEX_LIMITS.maxBytes),
    INDEX_LIMITS,
  );
  return [...shards.values()].map(shardFileName).map((name) => [join(dirname(file), name), `${subdir}/${name}`]);
}

function notHere(path: string, team: string): VerificationError {
  return new VerificationError('missing', `${path}, which ${team} signed, is not in the channel`, {
    details: { file: path, team },
  });
}

function differs(path: string, team: string): VerificationError {
  return new VerificationError('hash-mismatch', `${path} is not the file that ${team} signed`, {
    details: { file: path, team },
  });
}
