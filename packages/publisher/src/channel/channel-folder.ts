/**
 * The folders of a channel: where the indexer writes, and where Antivenom publishes, which may be the same. The former
 * remembers the latter in `.antivenom/channel.json`.
 */

import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import {
  ContentTrustError,
  expectObject,
  expectString,
  object,
  optionalMember,
  readJson,
  StoreError,
  shellWord,
  UsageError,
  writeJson,
} from '@antivenom/core';
import { isMissing, makeFolder, readFileIfThere, removeLeftovers, withLock, writeFileAtomic } from '@antivenom/node';
import { isInitialised } from './own-metadata.ts';

export interface ChannelFolder {
  /** Where the packages and the indexer's `repodata.json` are. */
  readonly source: string;
  /** What is served. */
  readonly published: string;
}

const STATE = '.antivenom';
const LIMITS = { maxBytes: 65_536, maxDepth: 8 };

/** The folder for what the publisher keeps for itself within a channel; no client asks for anything there. */
export function stateFolder(folder: string): string {
  return join(folder, STATE);
}

/**
 * Finds where a channel is published.
 *
 * @param channel the source, or the published folder itself
 * @throws UsageError `usage` where there is no such folder.
 * @throws StoreError `store-corrupt` where `.antivenom/channel.json` is damaged.
 */
export async function findChannel(channel: string): Promise<ChannelFolder> {
  const source = resolve(channel);
  await requireFolder(source);
  const path = settingsPath(source);
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return { source, published: source };
  try {
    const published = optionalMember(expectObject(readJson(bytes, LIMITS), 'the file'), 'published');
    if (published === undefined) return { source, published: source };
    return { source, published: resolve(source, expectString(published, '`published`')) };
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `${path} is damaged: ${cause.message}`, {
      hint: 'Delete it, and name the published folder once more with `sign --out`.',
      details: { file: path },
      cause,
    });
  }
}

/**
 * What is served of a channel that was published before.
 *
 * @throws UsageError `not-initialised` where it is in the folder that is remembered no more.
 */
export async function requirePublished({ source, published }: ChannelFolder): Promise<void> {
  if (source === published || (await isInitialised(published))) return;
  throw new UsageError('not-initialised', `${published}, where the channel was published, holds it no more`, {
    hint: `Bring it back; if it was moved, name its new place: antivenom sign ${shellWord(source)} --out FOLDER`,
    details: { folder: published },
  });
}

async function requireFolder(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw new UsageError('usage', `${path} is no folder`, { hint: 'Name the folder of the channel.', details: { path } });
}

/** Keeps in mind where the channel is published from now on. */
export async function rememberPublished({ source, published }: ChannelFolder): Promise<void> {
  const away = relative(source, published);
  // Relative, so that both can be moved together; on another drive of Windows there is no relative path.
  const settings = object({ published: isAbsolute(away) ? published : away.replaceAll('\\', '/') });
  await makeFolder(stateFolder(source));
  await removeLeftovers(stateFolder(source));
  await writeFileAtomic(settingsPath(source), writeJson(settings, { indent: 2 }));
}

/** Runs `work` while no other command is at work on either folder. */
export function withChannelLock<T>(channel: ChannelFolder, waitMs: number, work: () => Promise<T>): Promise<T> {
  const locked = (folder: string, next: () => Promise<T>) =>
    withLock(join(stateFolder(folder), 'lock'), { waitMs }, next);
  if (channel.published === channel.source) return locked(channel.source, work);
  // Always in this order, so that no two commands wait for each other.
  return locked(channel.source, () => locked(channel.published, work));
}

function settingsPath(source: string): string {
  return join(stateFolder(source), 'channel.json');
}
