/** Brings what is no index from the indexer's folder into the published one: packages as links, other files as copies. */
import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { CHANNEL_INDEX_FORMS, isMambaChainName, SUBDIR_INDEX_FORMS, shardHashOf } from '@antivenom/core';
import { copyFileAtomic, isMissing, linkFileAtomic, makeFolder, removeLeftovers } from '@antivenom/node';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { pathInside } from '../channel/inside-channel.ts';
import { refusalOf } from '../indexes/source-index.ts';
import type { Refused } from '../operations.ts';

export const PACKAGE = /\.(conda|tar\.bz2|whl)$/;
/** The channel's own folder, among its subdirs. */
const BASE = '';

/** Names in `refused` every file that would be carried and is a link out of the channel. */
export async function checkCarried(source: string, subdirs: readonly string[], refused: Refused[]): Promise<void> {
  for (const folder of [BASE, ...subdirs]) {
    for (const { path } of await filesToCarry(source, folder)) {
      try {
        await pathInside(source, path);
      } catch (error) {
        if (!isMissing(error)) refused.push(refusalOf(path, error));
      }
    }
  }
}

/**
 * Carries the files of the channel's base and of these subdirs; of a channel that is signed for mamba none that mamba could
 * take for one of its chain. What has left the source stays for now: readers of an
 * earlier publication may still come for it.
 */
export async function carryFiles(
  { source, published }: ChannelFolder,
  subdirs: readonly string[],
  isForMamba: boolean,
): Promise<void> {
  for (const folder of [BASE, ...subdirs]) {
    await makeFolder(join(published, folder));
    await removeLeftovers(join(published, folder));
    for (const { path, isLink } of await filesToCarry(source, folder)) {
      if (isForMamba && isMambaChainName(path)) continue;
      const from = isLink ? await pathInside(source, path) : join(source, path);
      await carry(from, join(published, path), PACKAGE.test(path));
    }
  }
}

/** Links that lead nowhere, pipes and the like have no content to publish. */
async function filesToCarry(source: string, folder: string): Promise<{ path: string; isLink: boolean }[]> {
  const indexForms = folder === BASE ? CHANNEL_INDEX_FORMS : SUBDIR_INDEX_FORMS;
  const files: { path: string; isLink: boolean }[] = [];
  for (const entry of await readdir(join(source, folder), { withFileTypes: true })) {
    const { name } = entry;
    if (name.startsWith('.') || indexForms.includes(name) || shardHashOf(name) !== undefined) continue;
    const isLink = entry.isSymbolicLink();
    if (!entry.isFile() && !(isLink && (await leadsToFile(join(source, folder, name))))) continue;
    files.push({ path: folder === BASE ? name : `${folder}/${name}`, isLink });
  }
  return files;
}

async function leadsToFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function carry(from: string, to: string, isPackage: boolean): Promise<void> {
  const here = await stat(from);
  const there = await stat(to).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (there !== undefined) {
    if (here.dev === there.dev && here.ino === there.ino) return;
    if (here.size === there.size && Math.trunc(here.mtimeMs) === Math.trunc(there.mtimeMs)) return;
  }
  if (isPackage) await linkFileAtomic(from, to);
  else await copyFileAtomic(from, to);
  // A copy has the time of its source, so that the next run sees whether that was replaced.
  const isSame = (await stat(to)).ino === here.ino;
  if (!isSame) await utimes(to, here.atime, here.mtime);
}
