/** Versions of bins that nobody can come for any more, and the links to packages that only they listed. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { binNumber, roleFileName } from '@antivenom/core';
import { readListedFiles } from '../channel/generations.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { factsOfTarget, hashPrefixedPath } from '../channel/published-targets.ts';
import type { OwnBins } from './own-bins.ts';

/** Takes away what no snapshot named: a killed run wrote it. */
export async function dropUnnamedBins(own: OwnMetadata): Promise<void> {
  await dropVersions(own, (version, _next, current) => version <= current);
}

/**
 * Takes away what no kept snapshot names.
 *
 * @param snapshots versions of those that are kept
 */
export async function dropOldBins(own: OwnMetadata, snapshots: ReadonlySet<number>): Promise<void> {
  const kept = [...snapshots].sort((a, b) => a - b);
  await dropVersions(own, (version, next, current) => {
    if (version >= current) return version === current;
    // A bin has the version of the first snapshot that names it, and is named up to its next one.
    const first = kept.find((snapshot) => snapshot >= version);
    return first !== undefined && first < next;
  });
}

/** Which versions of a bin stay, given the next of the same bin and the one that the newest snapshot names. */
type Stays = (version: number, next: number, current: number) => boolean;

async function dropVersions(own: OwnMetadata, stays: Stays): Promise<void> {
  const { bins } = own;
  if (bins === undefined) return;
  const others = placesOfOthers(own);
  for (const [name, versions] of await versionsThere(own.folder, bins)) {
    const current = bins.versions[binNumber(name, bins) ?? 0] ?? 0;
    const kept = versions.filter((version, at) =>
      stays(version, versions[at + 1] ?? Number.POSITIVE_INFINITY, current),
    );
    if (kept.length < versions.length) await dropFrom(own, name, new Set(kept), versions, others);
  }
}

/** Versions that stand in the folder, by the name of the bin. */
async function versionsThere(folder: string, bins: OwnBins): Promise<ReadonlyMap<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const file of await readdir(join(folder, 'tuf'))) {
    const [, version, name = ''] = /^([1-9]\d{0,14})\.(.+)\.json$/.exec(file) ?? [];
    if (binNumber(name, bins) === undefined) continue;
    const versions = found.get(name) ?? [];
    versions.push(Number(version));
    found.set(name, versions);
  }
  for (const versions of found.values()) versions.sort((a, b) => a - b);
  return found;
}

/** The links go first, so that a run that is killed here finds them again. */
async function dropFrom(
  { folder }: OwnMetadata,
  name: string,
  kept: ReadonlySet<number>,
  versions: readonly number[],
  others: readonly string[],
): Promise<void> {
  const placesOf = async (version: number) => {
    const listed = await readListedFiles(folder, roleFileName(name, version));
    return listed && [...listed.files.values()].map(hashPrefixedPath);
  };
  const wanted = new Set(others);
  let isKnown = true;
  for (const version of kept) {
    const places = await placesOf(version);
    // Of one that is damaged nobody knows what it lists: no link goes.
    isKnown &&= places !== undefined;
    for (const place of places ?? []) wanted.add(place);
  }
  for (const version of versions) {
    if (kept.has(version)) continue;
    for (const place of (isKnown && (await placesOf(version))) || []) {
      if (!wanted.has(place)) await rm(join(folder, place), { force: true });
    }
    await rm(join(folder, 'tuf', roleFileName(name, version)), { force: true });
  }
}

/** A team may list the same files. */
function placesOfOthers({ delegated }: OwnMetadata): string[] {
  return [...delegated.values()].flatMap(({ targets }) =>
    [...targets.values()].map((target) => hashPrefixedPath(factsOfTarget(target))),
  );
}
