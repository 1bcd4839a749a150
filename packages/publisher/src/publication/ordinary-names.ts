/** The names under which ordinary clients find what TUF readers find under its hash. They follow the publication. */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  CHANNEL_INDEX_FORMS,
  chainFileRank,
  DERIVED_INDEX_FORMS,
  isChainFile,
  REPODATA,
  SUBDIR_INDEX_FORMS,
  type TargetFile,
  twinOf,
} from '@antivenom/core';
import { copyFileAtomic, makeFolder, namesIfThere, readFileIfThere, removeLeftovers, sha256Hex } from '@antivenom/node';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import type { Generation } from '../channel/generations.ts';
import { indexTargets } from '../channel/index-targets.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, factsOfTarget, hashPrefixedPath, ordinaryPath } from '../channel/published-targets.ts';
import { isAsPublished } from '../indexes/as-published.ts';
import type { Warning } from '../operations.ts';

export interface Mended {
  /** Paths that were written or taken away, relative to the published folder. */
  readonly files: string[];
  readonly warnings: Warning[];
}

/** Whether a file that stands under an ordinary name, with other bytes than the publication's, may be replaced. */
export type MayReplace = (facts: FileFacts, bytes: Uint8Array) => Promise<boolean>;

/** An ordinary name that has other bytes than the publication's; undefined for none. */
export interface DifferingName {
  readonly facts: FileFacts;
  readonly bytes: Uint8Array | undefined;
}

/** Compares every ordinary name with the publication: those of chains first, so that no record is seen before who may sign it. */
export async function* differingNames(own: OwnMetadata): AsyncGenerator<DifferingName> {
  const ofChains = [...own.targets.targets.values()].filter(({ path }) => isChainFile(path));
  const targets = [...ofChains, ...indexTargets(own).values()];
  const rank = ({ path }: TargetFile) => chainFileRank(path) ?? Number.POSITIVE_INFINITY;
  for (const target of targets.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0))) {
    const facts = factsOfTarget(target);
    const bytes = await readFileIfThere(ordinaryPath(own.folder, facts.path));
    if (bytes === undefined || sha256Hex(bytes) !== facts.sha256) yield { facts, bytes };
  }
}

/** Brings every ordinary name to the bytes of the current publication, but those that `mayReplace` spares. */
export async function mendOrdinaryNames(own: OwnMetadata, mayReplace: MayReplace): Promise<Mended> {
  const mended: Mended = { files: [], warnings: [] };
  const tidied = new Set<string>();
  for await (const { facts, bytes } of differingNames(own)) {
    if (bytes !== undefined && !(await mayReplace(facts, bytes))) {
      mended.warnings.push(notWhatWasSigned(facts));
      continue;
    }
    const path = ordinaryPath(own.folder, facts.path);
    const folder = dirname(path);
    await makeFolder(folder);
    if (!tidied.has(folder)) await removeLeftovers(folder);
    tidied.add(folder);
    await copyFileAtomic(join(own.folder, hashPrefixedPath(facts)), path);
    mended.files.push(facts.path);
  }
  return mended;
}

/** The indexer, or somebody else, wrote it since. */
export function notWhatWasSigned({ path }: Pick<FileFacts, 'path'>): Warning {
  return { kind: 'stale', about: path, message: `${path} is not what was last signed: sign the channel` };
}

/**
 * What `sign` may replace: everything in a folder that only we write. In the indexer's own, what is still what was read, and
 * every derived form of what was read; what was not looked at, as a command without a look at the source.
 *
 * @param read path → SHA-256 of the bytes that were read to be signed
 * @param subdirs those that were looked at
 */
export function replaceWhatWasRead(
  channel: ChannelFolder,
  own: OwnMetadata,
  read: ReadonlyMap<string, string>,
  subdirs: readonly string[],
  generations: readonly Generation[],
): MayReplace {
  if (channel.published !== channel.source) return async () => true;
  const notLookedAt = replaceWhatWasPublished(channel, own, generations);
  return async (facts, bytes) => {
    const sha256 = read.get(facts.path);
    // The indexer may have written again in the meantime; its newer file is signed next time.
    if (sha256 !== undefined) return sha256 === sha256Hex(bytes);
    const [subdir = ''] = facts.path.split('/');
    return subdirs.includes(subdir) || notLookedAt(facts, bytes);
  };
}

/**
 * What a command without a look at the source may replace: in the indexer's own folder, derived forms of an earlier
 * publication, and a `repodata.json` that differs from the signed one by nothing but signatures, and records of files that
 * were yanked or are yanked no more.
 *
 * @param own what stands now
 */
export function replaceWhatWasPublished(
  channel: ChannelFolder,
  own: OwnMetadata,
  generations: readonly Generation[],
): MayReplace {
  if (channel.published !== channel.source) return async () => true;
  const isEarlier = (path: string, bytes: Uint8Array) => {
    const sha256 = sha256Hex(bytes);
    return generations.some(({ files }) => files.get(path)?.sha256 === sha256);
  };
  return async (facts, bytes) => {
    const name = facts.path.slice(facts.path.lastIndexOf('/') + 1);
    if (isChainFile(facts.path)) return true;
    if (DERIVED_INDEX_FORMS.includes(name) || twinOf(name) !== undefined) return isEarlier(facts.path, bytes);
    if (name !== REPODATA) return false;
    return isAsPublished(channel, own, facts, bytes);
  };
}

/** Takes away index forms that the publication no longer has; in a folder that only we write. */
export async function dropUnlistedForms(own: OwnMetadata): Promise<string[]> {
  const dropped: string[] = [];
  const listed = indexTargets(own);
  const drop = async (folder: string, prefix: string, forms: readonly string[]) => {
    for (const name of await namesIfThere(folder)) {
      const path = `${prefix}${name}`;
      if (!forms.includes(name) || listed.has(path)) continue;
      await rm(join(folder, name), { force: true });
      dropped.push(path);
    }
  };
  await drop(own.folder, '', CHANNEL_INDEX_FORMS);
  for (const entry of await readdir(own.folder, { withFileTypes: true })) {
    if (entry.isDirectory() && !entry.name.startsWith('.')) {
      await drop(join(own.folder, entry.name), `${entry.name}/`, SUBDIR_INDEX_FORMS);
    }
  }
  return dropped;
}
