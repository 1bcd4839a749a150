/** CHANNEL, URL or FOLDER as typed. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { channelUrlKey, UsageError } from '@antivenom/core';
import { existingFolder } from './named-path.ts';

/**
 * The channel's URL; a folder's is its absolute `file:` URL. Credentials stay in it.
 *
 * @throws UsageError `usage`
 */
export async function channelUrl(typed: string, cwd: string): Promise<string> {
  if (!isUrl(typed)) return pathToFileURL(await existingFolder(typed, cwd)).href;
  if (channelUrlKey(typed) !== undefined) return typed;
  throw new UsageError('usage', `a channel's URL is http, https or file, without query: ${withoutSecrets(typed)}`);
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
  return existingFolder(fileURLToPath(typed), cwd);
}

/** A drive letter (`C:\`) is no scheme. */
export function isUrl(typed: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(typed);
}

function withoutSecrets(url: string): string {
  return url
    .replace(/\/\/[^/@]*@/, '//')
    .replace(/\/t\/[^/]+/, '/t/…')
    .replace(/[?#].*$/, '?…');
}
