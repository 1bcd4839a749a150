/** The subdirs of a channel that have an index, and the index files in each. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CHANNEL_INDEX_FORMS, REPODATA, SUBDIR_INDEX_FORMS, shellWord, UsageError } from '@antivenom/core';

export interface SourceSubdir {
  readonly subdir: string;
  readonly folder: string;
  /** Names of the index files there. */
  readonly names: ReadonlySet<string>;
}

const OURS = new Set(['tuf', 'cct']);
const SUBDIR_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/**
 * Finds the subdirs, or those that are asked for.
 *
 * @throws UsageError `usage` where one that is asked for has no index, or none has.
 */
export async function findSubdirs(source: string, wanted: readonly string[] | undefined): Promise<SourceSubdir[]> {
  const subdirs = await indexedSubdirs(source);
  const found = new Set(subdirs.map(({ subdir }) => subdir));
  const missing = wanted?.find((subdir) => !found.has(subdir));
  if (missing !== undefined) throw noIndex(`${join(source, missing)} has no index`);
  if (subdirs.length === 0) throw noIndex(`${source} has no subdir with an index`);
  return wanted === undefined ? subdirs : subdirs.filter(({ subdir }) => wanted.includes(subdir));
}

/** All subdirs that have an index, in the order of their names. */
export async function indexedSubdirs(source: string): Promise<SourceSubdir[]> {
  const subdirs: SourceSubdir[] = [];
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const { name } = entry;
    const isFolder = entry.isDirectory() || entry.isSymbolicLink();
    if (!isFolder || OURS.has(name) || !SUBDIR_NAME.test(name)) continue;
    const folder = join(source, name);
    const names = await formsIn(folder, SUBDIR_INDEX_FORMS);
    if (names.size > 0) subdirs.push({ subdir: name, folder, names });
  }
  return subdirs.sort((a, b) => (a.subdir < b.subdir ? -1 : 1));
}

/**
 * Refuses one subdir where a channel should be: `repodata.json` never stands at a channel's base.
 *
 * @throws UsageError with this code
 */
export async function requireNoSubdir(folder: string, code: 'usage' | 'not-initialised'): Promise<void> {
  if ((await formsIn(folder, [REPODATA])).size === 0) return;
  throw new UsageError(code, `${folder} is one subdir of a channel`, {
    hint: `Name the channel, which is the folder around it: ${shellWord(dirname(folder))}`,
    details: { folder },
  });
}

/** The index files at the channel's base. */
export function channelForms(source: string): Promise<Set<string>> {
  return formsIn(source, CHANNEL_INDEX_FORMS);
}

async function formsIn(folder: string, forms: readonly string[]): Promise<Set<string>> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  return new Set(forms.filter((form) => names.includes(form)));
}

function noIndex(message: string): UsageError {
  return new UsageError('usage', message, {
    hint: 'Index the channel first, with conda-index or rattler-index.',
  });
}
