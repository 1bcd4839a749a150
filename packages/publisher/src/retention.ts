/**
 * What of earlier publications stays, for readers who began with them: the newest two in every form, older ones for a
 * while as `.zst` alone. Roots stay always.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  ContentTrustError,
  expectInteger,
  expectObject,
  member,
  parseTufEnvelope,
  readShardIndex,
  SHARD_INDEX,
  shardFileName,
  shardHashOf,
} from '@antivenom/core';
import { isMissing, nodeDecompression, readFileIfThere, removeLeftovers } from '@antivenom/node';
import { type Generation, readGenerations } from './generations.ts';
import { OWN_LIMITS, type OwnMetadata } from './own-metadata.ts';
import { factsOfTarget, hashPrefixedPath, readTarget } from './published-targets.ts';

export const DEFAULT_KEEP_MS = 86_400_000;
const KEPT_WHOLE = 2;

/** Takes away what no kept publication lists: metadata, hash-prefixed files, shards, and leftovers of killed runs. */
export async function dropOldGenerations(own: OwnMetadata, now: number, keepMs: number): Promise<void> {
  const generations = await readGenerations(own);
  const kept = generations.flatMap((generation, index) => {
    if (index < KEPT_WHOLE) return [generation];
    const replaced = generations[index - 1]?.since ?? now;
    return replaced + keepMs > now ? [zstAlone(generation)] : [];
  });
  await dropTargets(own, kept);
  await dropShards(own, kept);
  await dropMetadata(own, new Set(kept.flatMap(({ versions }) => versions)));
}

function zstAlone(generation: Generation): Generation {
  return { ...generation, files: new Map([...generation.files].filter(([path]) => path.endsWith('.zst'))) };
}

async function dropTargets(own: OwnMetadata, kept: readonly Generation[]): Promise<void> {
  const wanted = new Set(kept.flatMap(({ files }) => [...files.values()].map(hashPrefixedPath)));
  for (const target of own.targets.targets.values()) wanted.add(hashPrefixedPath(factsOfTarget(target)));
  for (const path of await filesBelow(join(own.folder, 'tuf', 'targets'))) {
    const place = relative(own.folder, path).split(sep).join('/');
    // What earlier versions of the offline role listed is small, and never goes.
    if (!wanted.has(place) && !place.startsWith('tuf/targets/cct/')) await rm(path, { force: true });
  }
}

async function dropShards(own: OwnMetadata, kept: readonly Generation[]): Promise<void> {
  const wanted = new Map<string, Set<string>>();
  for (const { files } of kept) {
    for (const facts of files.values()) {
      if (!facts.path.endsWith(`/${SHARD_INDEX}`)) continue;
      const folder = dirname(facts.path);
      const names = wanted.get(folder) ?? new Set<string>();
      wanted.set(folder, names);
      const compressed = await readTarget(own.folder, facts);
      const index = readShardIndex(nodeDecompression.zstdSync(compressed, OWN_LIMITS.json.maxBytes), OWN_LIMITS.json);
      for (const sha256 of index.shards.values()) names.add(shardFileName(sha256));
    }
  }
  for (const [folder, names] of wanted) {
    for (const name of await readdir(join(own.folder, folder))) {
      if (shardHashOf(name) !== undefined && !names.has(name))
        await rm(join(own.folder, folder, name), { force: true });
    }
  }
}

/** A snapshot stays as long as its index; targets as long as a snapshot that names it. */
async function dropMetadata(own: OwnMetadata, keptIndexes: ReadonlySet<number>): Promise<void> {
  const folder = join(own.folder, 'tuf');
  const names = await readdir(folder);
  const keptTargets = new Set([own.targets.version]);
  for (const name of names) {
    const version = versionIn(name, 'snapshot');
    if (version === undefined) continue;
    const meta = await snapshotMeta(join(folder, name), name);
    const stays =
      version === own.snapshot.version ||
      (meta !== undefined && version < own.snapshot.version && keptIndexes.has(meta.index));
    if (stays && meta !== undefined) keptTargets.add(meta.targets);
    if (!stays) await rm(join(folder, name), { force: true });
  }
  for (const name of names) {
    const index = versionIn(name, 'index');
    const targets = versionIn(name, 'targets');
    const goes =
      (index !== undefined && !keptIndexes.has(index)) || (targets !== undefined && !keptTargets.has(targets));
    if (goes) await rm(join(folder, name), { force: true });
  }
  await removeLeftovers(folder);
}

function versionIn(name: string, role: string): number | undefined {
  const [, digits, found] = /^([1-9]\d{0,14})\.([a-z]+)\.json$/.exec(name) ?? [];
  return found === role ? Number(digits) : undefined;
}

async function snapshotMeta(path: string, where: string): Promise<{ index: number; targets: number } | undefined> {
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return undefined;
  try {
    const meta = expectObject(member(parseTufEnvelope(bytes, OWN_LIMITS.json, where).signed, 'meta', where), where);
    const version = (role: string) =>
      expectInteger(member(expectObject(member(meta, `${role}.json`, where), where), 'version', where), where);
    return { index: version('index'), targets: version('targets') };
  } catch (error) {
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
