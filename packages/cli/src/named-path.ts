/** Paths that a person typed: a mistyped one gets the name beside it that was probably meant. */
import { type Stats, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nearestName, UsageError } from '@antivenom/core';

const CHECK_PATH = 'Check how it is written, and from which folder the command runs.';

/** @throws UsageError `usage` */
export async function existingFolder(typed: string, cwd: string): Promise<string> {
  const path = resolve(cwd, typed);
  const found = await existing(typed, path);
  if (!found.isDirectory()) throw new UsageError('usage', `${typed} is not a folder`, { hint: CHECK_PATH });
  return path;
}

/**
 * A folder that may be there or is to be made.
 *
 * @throws UsageError `usage` for something else of that name
 */
export function folderToBe(typed: string, cwd: string): string {
  const path = resolve(cwd, typed);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new UsageError('usage', `${typed} is not a folder`);
  }
  return path;
}

/** @throws UsageError `usage` */
export async function existingFile(typed: string, cwd: string): Promise<string> {
  const path = resolve(cwd, typed);
  const found = await existing(typed, path);
  if (found.isDirectory())
    throw new UsageError('usage', `${typed} is a folder, and a file is needed`, { hint: CHECK_PATH });
  return path;
}

/** @throws UsageError `usage` */
export async function readNamedFile(typed: string, cwd: string): Promise<Uint8Array> {
  return readFile(await existingFile(typed, cwd));
}

/** @throws UsageError `usage` */
export async function existing(typed: string, path: string): Promise<Stats> {
  // A variable that is not set would otherwise name the working directory.
  if (typed === '') throw new UsageError('usage', 'an empty path names nothing', { hint: CHECK_PATH });
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found;
  const siblings = await readdir(dirname(path)).catch(() => []);
  const near = nearestName(basename(path), siblings);
  throw new UsageError('usage', `${typed} is not there`, {
    hint: near === undefined ? CHECK_PATH : `Did you mean ${join(dirname(typed), near)}?`,
    details: { path },
  });
}
