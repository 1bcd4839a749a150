/**
 * What only looks like a file of the channel: a link that leads out of it, a pipe, a device. Whoever may put files into a
 * channel could have its owner publish any file that the owner can read.
 */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { VerificationError } from '@antivenom/core';
import { isMissing } from '@antivenom/node';

/**
 * The path where the content really stands.
 *
 * @param channel absolute
 * @param path relative to the channel
 * @throws VerificationError `unsafe-name` for what is neither a file nor a folder, or stands outside of the channel.
 */
export async function pathInside(channel: string, path: string): Promise<string> {
  const typed = join(channel, path);
  const entry = await lstat(typed);
  const real = await realpath(typed);
  const away = relative(await realpath(channel), real);
  if (away === '..' || away.startsWith(`..${sep}`)) {
    throw new VerificationError('unsafe-name', `${path} is a link that leads out of the channel, to ${real}`, {
      hint: 'Put a copy there, or move the channel so that both are below it.',
      details: { path, target: real },
    });
  }
  const found = entry.isSymbolicLink() ? await stat(real) : entry;
  if (found.isFile() || found.isDirectory()) return real;
  throw new VerificationError('unsafe-name', `${path} is neither a file nor a folder`, {
    hint: 'Take it away.',
    details: { path },
  });
}

/**
 * Looks at the folders that a command is about to write into: what went through a link out of the channel would be written
 * somewhere else, under names that whoever made the link may have chosen.
 *
 * @throws VerificationError `unsafe-name`
 */
export async function requireFoldersInside(channel: string): Promise<void> {
  for (const folder of ['', 'tuf', 'tuf/targets']) {
    for (const name of await linksIn(join(channel, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const found = await stat(join(channel, path)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (found?.isDirectory()) await pathInside(channel, path);
    }
  }
}

async function linksIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
