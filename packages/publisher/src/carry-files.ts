/** Brings what is no index from the indexer's folder into the published one: packages as links, other files as copies. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CHANNEL_INDEX_FORMS, SUBDIR_INDEX_FORMS, shardHashOf } from '@antivenom/core';
import { copyFileAtomic, linkFileAtomic, makeFolder, removeLeftovers } from '@antivenom/node';
import type { ChannelFolder } from './channel-folder.ts';

const PACKAGE = /\.(conda|tar\.bz2|whl)$/;

/**
 * Carries the files of the channel's base and of these subdirs. What has left the source stays: readers of an earlier
 * publication may still come for it.
 */
export async function carryFiles({ source, published }: ChannelFolder, subdirs: readonly string[]): Promise<void> {
  await carryFolder(source, published, new Set(CHANNEL_INDEX_FORMS));
  for (const subdir of subdirs) {
    await carryFolder(join(source, subdir), join(published, subdir), new Set(SUBDIR_INDEX_FORMS));
  }
}

async function carryFolder(from: string, to: string, indexForms: ReadonlySet<string>): Promise<void> {
  await makeFolder(to);
  await removeLeftovers(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory() || name.startsWith('.') || indexForms.has(name) || shardHashOf(name) !== undefined)
      continue;
    if (await isCarried(join(from, name), join(to, name))) continue;
    if (PACKAGE.test(name)) await linkFileAtomic(join(from, name), join(to, name));
    else await copyFileAtomic(join(from, name), join(to, name));
  }
}

/** The same file, or one of the same length that is not older. */
async function isCarried(source: string, published: string): Promise<boolean> {
  const there = await stat(published).catch(() => undefined);
  if (there === undefined) return false;
  const here = await stat(source);
  if (here.dev === there.dev && here.ino === there.ino) return true;
  return here.size === there.size && here.mtimeMs <= there.mtimeMs;
}
