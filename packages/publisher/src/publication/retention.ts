/**
 * What of earlier publications stays, for readers who began with them: the newest two in every form, older ones for a
 * while as `.zst` alone; of each its newest metadata, and what that replaced for as long. The metadata of so many
 * publications stays besides. Roots stay always.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  binNumber,
  ContentTrustError,
  expectInteger,
  expectObject,
  member,
  readJson,
  roleFileName,
  SHARD_INDEX,
  shardHashOf,
} from '@antivenom/core';
import { isMissing, readFileIfThere, removeLeftovers } from '@antivenom/node';
import { dropOldBins } from '../bins/drop-bins.ts';
import { isBinned } from '../bins/own-bins.ts';
import { type Generation, readGenerations, readListedFiles, type SignedVersion } from '../channel/generations.ts';
import { teamOfSubdir } from '../channel/index-targets.ts';
import { OWN_LIMITS, type OwnMetadata } from '../channel/own-metadata.ts';
import { hashPrefixedPath, readShardNames } from '../channel/published-targets.ts';
import type { Retention } from '../channel/retention-settings.ts';
import { signedAt } from '../roles/reissue.ts';

const KEPT_WHOLE = 2;

/** Takes away what no kept publication lists: metadata, hash-prefixed files, shards, and leftovers of killed runs. */
export async function dropOldGenerations(
  own: OwnMetadata,
  now: number,
  { versions: keptVersions, seconds }: Retention,
): Promise<void> {
  const isRecent = (replaced: number | undefined) => replaced === undefined || replaced + seconds * 1000 > now;
  const generations = await readGenerations(own);
  const kept = generations.flatMap((generation, index) => {
    if (index < KEPT_WHOLE) return [generation];
    return isRecent(generations[index - 1]?.versions.at(-1)?.since) ? [zstAlone(generation)] : [];
  });
  const indexes = kept.flatMap(({ versions }) =>
    versions.filter((_, index) => index === 0 || isRecent(versions[index - 1]?.since)),
  );
  const keptIndexes = new Set(indexes.map(({ version }) => version));
  const metadata = await keptMetadata(own, keptIndexes, { isRecent, versions: keptVersions });
  // With hash bins that is a look at every package: only where a generation has something to lose.
  const isWorthALook = own.bins === undefined || generations.length > KEPT_WHOLE;
  if (isWorthALook) await dropTargets(own, generations, kept, metadata);
  await dropShards(own, kept);
  await dropOldBins(own, metadata.get('snapshot') ?? new Set());
  await dropMetadata(own, metadata);
}

function zstAlone(generation: Generation): Generation {
  return { ...generation, files: new Map([...generation.files].filter(([path]) => path.endsWith('.zst'))) };
}

async function dropTargets(
  own: OwnMetadata,
  generations: readonly Generation[],
  kept: readonly Generation[],
  metadata: KeptMetadata,
): Promise<void> {
  const wanted = new Set(kept.flatMap(({ files }) => [...files.values()].map(hashPrefixedPath)));
  for (const { version, chainFiles } of generations.flatMap(({ versions }) => versions)) {
    if (!metadata.get('index')?.has(version)) continue;
    for (const facts of chainFiles) wanted.add(hashPrefixedPath(facts));
  }
  for (const role of ['targets', ...own.delegated.keys()]) {
    if (role === 'index') continue;
    for (const version of metadata.get(role) ?? []) {
      const listed = await readListedFiles(own.folder, roleFileName(role, version));
      for (const facts of listed?.files.values() ?? []) wanted.add(hashPrefixedPath(facts));
    }
  }
  for (const path of await filesBelow(join(own.folder, 'tuf', 'targets'))) {
    const place = relative(own.folder, path).split(sep).join('/');
    // A package goes with the last bin that lists it.
    if (own.bins !== undefined && isBinned(path)) continue;
    if (!wanted.has(place)) await rm(path, { force: true });
  }
}

async function dropShards(own: OwnMetadata, kept: readonly Generation[]): Promise<void> {
  const wanted = new Map<string, Set<string>>();
  for (const { files } of kept) {
    for (const facts of files.values()) {
      if (!facts.path.endsWith(`/${SHARD_INDEX}`)) continue;
      const folder = dirname(facts.path);
      // What stands there is what the team will sign, or has.
      if (teamOfSubdir(own, folder) !== undefined) continue;
      const names = wanted.get(folder) ?? new Set<string>();
      wanted.set(folder, names);
      for (const name of await readShardNames(own.folder, facts)) names.add(name);
    }
  }
  for (const [folder, names] of wanted) {
    for (const name of await readdir(join(own.folder, folder))) {
      if (shardHashOf(name) !== undefined && !names.has(name))
        await rm(join(own.folder, folder, name), { force: true });
    }
  }
}

/** The versions of each role, without `root`, that a reader may still come for. */
type KeptMetadata = ReadonlyMap<string, ReadonlySet<number>>;

interface Keeping extends Pick<Retention, 'versions'> {
  /** Whether what was replaced then may still be come for. */
  isRecent(replaced: number | undefined): boolean;
}

/** The newest snapshot of each index stays as long as that, and so many whatever they name; every other role as long as they. */
async function keptMetadata(
  own: OwnMetadata,
  keptIndexes: ReadonlySet<number>,
  { isRecent, versions }: Keeping,
): Promise<KeptMetadata> {
  const kept = new Map<string, Set<number>>([['index', new Set(keptIndexes)]]);
  const keep = (role: string, version: number) => kept.set(role, (kept.get(role) ?? new Set()).add(version));
  let newer: SnapshotFacts | undefined;
  for (const [at, snapshot] of (await readSnapshots(own)).entries()) {
    const isNewest = snapshot.named.get('index') !== newer?.named.get('index');
    const hasIndex = keptIndexes.has(snapshot.named.get('index') ?? 0) && (isNewest || isRecent(newer?.since));
    if (at < versions || hasIndex) {
      keep('snapshot', snapshot.version);
      for (const [role, version] of snapshot.named) keep(role, version);
    }
    newer = snapshot;
  }
  return kept;
}

async function dropMetadata(own: OwnMetadata, kept: KeptMetadata): Promise<void> {
  const isBinFile = (name: string) => isBin(own, name.replace(/^\d+\./, ''));
  const folder = join(own.folder, 'tuf');
  const wanted = new Set<string>();
  for (const [role, versions] of kept) for (const version of versions) wanted.add(roleFileName(role, version));
  for (const name of await readdir(folder)) {
    const isVersioned = /^[1-9]\d{0,14}\..+\.json$/.test(name) && !name.endsWith('.root.json');
    if (isVersioned && !wanted.has(name) && !isBinFile(name)) await rm(join(folder, name), { force: true });
  }
  await removeLeftovers(folder);
}

interface SnapshotFacts extends SignedVersion {
  /** The versions that it names, by role. */
  readonly named: ReadonlyMap<string, number>;
}

/** Newest first, from the current one on. */
async function readSnapshots(own: OwnMetadata): Promise<SnapshotFacts[]> {
  const found: SnapshotFacts[] = [];
  for (const name of await readdir(join(own.folder, 'tuf'))) {
    const version = Number(/^([1-9]\d{0,14})\.snapshot\.json$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
    if (version > own.snapshot.version) continue;
    const facts = await readSnapshot(own, name, version);
    if (facts !== undefined) found.push(facts);
  }
  return found.sort((a, b) => b.version - a.version);
}

async function readSnapshot(own: OwnMetadata, name: string, version: number): Promise<SnapshotFacts | undefined> {
  const bytes = await readFileIfThere(join(own.folder, 'tuf', name));
  if (bytes === undefined) return undefined;
  try {
    const signed = expectObject(member(expectObject(readJson(bytes, OWN_LIMITS.json), name), 'signed', name), name);
    const since = signedAt('snapshot', signed);
    const named = new Map<string, number>();
    for (const [file, entry] of expectObject(member(signed, 'meta', name), name)) {
      // Which bins a snapshot names is told by their versions.
      if (isBin(own, file)) continue;
      named.set(file.replace(/\.json$/, ''), expectInteger(member(expectObject(entry, name), 'version', name), name));
    }
    return { version, since, named };
  } catch (error) {
    // A damaged file of an earlier publication serves nobody.
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

/** @param file `bin-0a.json` */
function isBin({ bins }: OwnMetadata, file: string): boolean {
  return bins !== undefined && binNumber(file.replace(/\.json$/, ''), bins) !== undefined;
}

/** None where there is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
