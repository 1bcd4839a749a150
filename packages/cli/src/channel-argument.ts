/** CHANNEL, URL or FOLDER as typed. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { channelUrlKey, UsageError } from '@antivenom/core';
import { existingFolder } from './named-path.ts';

/**
 * The channel's URL; a folder's is its absolute `file:` URL. Credentials stay in it.
 *
 * @throws UsageError `usage`
 */
export async function channelUrl(typed: string, cwd: string): Promise<string> {
  if (!isUrl(typed)) return pathToFileURL(await folderOrAddress(typed, cwd)).href;
  if (channelUrlKey(typed) !== undefined) return typed;
  // Nothing of it is repeated: it may hold a secret, and where it ends only a well-formed URL tells.
  throw new UsageError('usage', "a channel's URL is http, https or file, without query", {
    hint: 'Write it as https://channel.example/name.',
  });
}

/**
 * The channel's folder on this machine.
 *
 * @throws UsageError `usage`
 */
export async function channelFolder(typed: string, cwd: string): Promise<string> {
  if (!isUrl(typed)) return existingFolder(typed, cwd);
  if (!typed.toLowerCase().startsWith('file:')) {
    throw new UsageError('usage', 'this command works on a folder, not on a URL', {
      hint: 'Sign the folder that your web server serves, or sign it before you upload it.',
    });
  }
  return existingFolder(pathOf(typed), cwd);
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new UsageError('usage', 'this URL spells no path of this machine', {
      hint: 'Write file:///folder/channel, with three slashes, or the folder itself.',
    });
  }
}

/** A drive letter (`C:\`) is no scheme, and neither is a host before its port (`localhost:8000/`). */
export function isUrl(typed: string): boolean {
  return /^[a-z][a-z0-9+.-]+:(?!\d+(\/|$))/i.test(typed);
}

/** `localhost`, `a.example/x`, `host:8000/x` */
const HOST = /^(localhost(:\d+)?|[a-z0-9.-]+:\d+|[a-z0-9-]+(\.[a-z0-9-]+)+(?=\/))(\/|$)/i;

async function folderOrAddress(typed: string, cwd: string): Promise<string> {
  if (!HOST.test(typed) || existsSync(resolve(cwd, typed))) return existingFolder(typed, cwd);
  throw new UsageError('usage', `${typed} is not there`, {
    hint: 'Name a folder that is, or an address with its scheme: https://channel.example/name.',
  });
}
