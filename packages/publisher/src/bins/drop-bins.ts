/** Versions of bins that nobody can come for any more, and the links to packages that only they listed. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { binNumber, roleFileName } from '@antivenom/core';
import { parseListedFiles } from '../channel/generations.ts';
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
  others: ReadonlySet<string>,
): Promise<void> {
  const files = new Map<number, Buffer>();
  for (const version of versions) files.set(version, await readFile(join(folder, 'tuf', roleFileName(name, version))));
  const staying = [...files].flatMap(([version, bytes]) => (kept.has(version) ? bytes : []));
  for (const [version, bytes] of files) {
    if (kept.has(version)) continue;
    // A bin that was only signed anew lists what it did.
    if (!staying.some((other) => sameListing(other, bytes))) {
      for (const place of placesOnlyIn(bytes, staying)) {
        if (!others.has(place)) await rm(join(folder, place), { force: true });
      }
    }
    await rm(join(folder, 'tuf', roleFileName(name, version)), { force: true });
  }
}

/** Whether two bins as we write them, with `targets` last, list the same. */
function sameListing(one: Buffer, other: Buffer): boolean {
  const [a, b] = [one.indexOf(TARGETS), other.indexOf(TARGETS)];
  return a >= 0 && b >= 0 && one.subarray(a).equals(other.subarray(b));
}

const TARGETS = '"targets":{';

/** Where the packages stand that one bin lists and none of the others; of a bin that is damaged nobody knows what it lists. */
function placesOnlyIn(bytes: Buffer, others: readonly Buffer[]): string[] {
  const wanted = new Set<string>();
  for (const other of others) {
    const places = placesIn(other);
    if (places === undefined) return [];
    for (const place of places) wanted.add(place);
  }
  return (placesIn(bytes) ?? []).filter((place) => !wanted.has(place));
}

function placesIn(bytes: Buffer): string[] | undefined {
  const listed = parseListedFiles(bytes, 'a hash bin');
  return listed && [...listed.files.values()].map(hashPrefixedPath);
}

/** A team may list the same files. */
function placesOfOthers({ delegated }: OwnMetadata): ReadonlySet<string> {
  return new Set(
    [...delegated.values()].flatMap(({ targets }) =>
      [...targets.values()].map((target) => hashPrefixedPath(factsOfTarget(target))),
    ),
  );
}
