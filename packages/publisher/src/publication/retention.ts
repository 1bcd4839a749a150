/**
 * What of earlier publications stays, for readers who began with them: the newest two in every form, older ones for a
 * while as `.zst` alone; of each its newest metadata, and what that replaced for as long. Roots stay always.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  ContentTrustError,
  expectInteger,
  expectObject,
  expectString,
  isChainFile,
  MAMBA_CHAIN,
  member,
  parseTimestamp,
  parseTufEnvelope,
  SHARD_INDEX,
  shardHashOf,
} from '@antivenom/core';
import { isMissing, readFileIfThere, removeLeftovers } from '@antivenom/node';
import { type Generation, type IndexVersion, readGenerations, type SignedVersion } from '../channel/generations.ts';
import { OWN_LIMITS, type OwnMetadata } from '../channel/own-metadata.ts';
import { factsOfTarget, hashPrefixedPath, readShardNames } from '../channel/published-targets.ts';
import { lifetimeOf } from '../roles/reissue.ts';

export const DEFAULT_KEEP_MS = 86_400_000;
const KEPT_WHOLE = 2;

/** Takes away what no kept publication lists: metadata, hash-prefixed files, shards, and leftovers of killed runs. */
export async function dropOldGenerations(own: OwnMetadata, now: number, keepMs: number): Promise<void> {
  const isRecent = (replaced: number | undefined) => replaced === undefined || replaced + keepMs > now;
  const generations = await readGenerations(own);
  const kept = generations.flatMap((generation, index) => {
    if (index < KEPT_WHOLE) return [generation];
    return isRecent(generations[index - 1]?.versions.at(-1)?.since) ? [zstAlone(generation)] : [];
  });
  const indexes = kept.flatMap(({ versions }) =>
    versions.filter((_, index) => index === 0 || isRecent(versions[index - 1]?.since)),
  );
  await dropTargets(own, kept, indexes);
  await dropShards(own, kept);
  await dropMetadata(own, new Set(indexes.map(({ version }) => version)), isRecent);
}

function zstAlone(generation: Generation): Generation {
  return { ...generation, files: new Map([...generation.files].filter(([path]) => path.endsWith('.zst'))) };
}

async function dropTargets(
  own: OwnMetadata,
  kept: readonly Generation[],
  indexes: readonly IndexVersion[],
): Promise<void> {
  const wanted = new Set(kept.flatMap(({ files }) => [...files.values()].map(hashPrefixedPath)));
  for (const { chainFiles } of indexes) for (const facts of chainFiles) wanted.add(hashPrefixedPath(facts));
  for (const target of own.targets.targets.values()) wanted.add(hashPrefixedPath(factsOfTarget(target)));
  for (const path of await filesBelow(join(own.folder, 'tuf', 'targets'))) {
    const place = relative(own.folder, path).split(sep).join('/');
    // What earlier versions of the offline role listed is small, and never goes.
    if (!wanted.has(place) && !isOfOfflineRole(place)) await rm(path, { force: true });
  }
}

function isOfOfflineRole(place: string): boolean {
  const [, folder = '', name = ''] = /^tuf\/targets\/(.*\/)?[0-9a-f]{64}\.([^/]+)$/.exec(place) ?? [];
  const path = `${folder}${name}`;
  return isChainFile(path) && path !== MAMBA_CHAIN.pkgMgrPath;
}

async function dropShards(own: OwnMetadata, kept: readonly Generation[]): Promise<void> {
  const wanted = new Map<string, Set<string>>();
  for (const { files } of kept) {
    for (const facts of files.values()) {
      if (!facts.path.endsWith(`/${SHARD_INDEX}`)) continue;
      const folder = dirname(facts.path);
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

/** The newest snapshot of each index stays as long as that; targets as long as a snapshot that names it. */
async function dropMetadata(
  own: OwnMetadata,
  keptIndexes: ReadonlySet<number>,
  isRecent: (replaced: number | undefined) => boolean,
): Promise<void> {
  const folder = join(own.folder, 'tuf');
  const names = await readdir(folder);
  const keptSnapshots = new Set<number>();
  const keptTargets = new Set<number>();
  let newer: SnapshotFacts | undefined;
  for (const snapshot of await readSnapshots(own, names)) {
    const isNewest = snapshot.index !== newer?.index;
    if (keptIndexes.has(snapshot.index) && (isNewest || isRecent(newer?.since))) {
      keptSnapshots.add(snapshot.version);
      keptTargets.add(snapshot.targets);
    }
    newer = snapshot;
  }
  const kept = new Map([
    ['index', keptIndexes],
    ['snapshot', keptSnapshots],
    ['targets', keptTargets],
  ]);
  for (const name of names) {
    const { role, version } = versionIn(name) ?? { role: '', version: 0 };
    if (kept.get(role)?.has(version) === false) await rm(join(folder, name), { force: true });
  }
  await removeLeftovers(folder);
}

interface SnapshotFacts extends SignedVersion {
  /** The versions that it names. */
  readonly index: number;
  readonly targets: number;
}

/** Newest first, from the current one on. */
async function readSnapshots(own: OwnMetadata, names: readonly string[]): Promise<SnapshotFacts[]> {
  const found: SnapshotFacts[] = [];
  for (const name of names) {
    const { role, version } = versionIn(name) ?? { role: '', version: 0 };
    if (role !== 'snapshot' || version > own.snapshot.version) continue;
    const facts = await readSnapshot(own, name, version);
    if (facts !== undefined) found.push(facts);
  }
  return found.sort((a, b) => b.version - a.version);
}

function versionIn(name: string): { role: string; version: number } | undefined {
  const [, digits, role] = /^([1-9]\d{0,14})\.([a-z]+)\.json$/.exec(name) ?? [];
  return role === undefined ? undefined : { role, version: Number(digits) };
}

async function readSnapshot(own: OwnMetadata, name: string, version: number): Promise<SnapshotFacts | undefined> {
  const bytes = await readFileIfThere(join(own.folder, 'tuf', name));
  if (bytes === undefined) return undefined;
  try {
    const { signed } = parseTufEnvelope(bytes, OWN_LIMITS.json, name);
    const expires = parseTimestamp(expectString(member(signed, 'expires', name), name), name);
    const meta = expectObject(member(signed, 'meta', name), name);
    const named = (role: string) =>
      expectInteger(member(expectObject(member(meta, `${role}.json`, name), name), 'version', name), name);
    const since = expires - lifetimeOf('snapshot', own.snapshot);
    return { version, since, index: named('index'), targets: named('targets') };
  } catch (error) {
    // A damaged file of an earlier publication serves nobody.
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
