/** Bins reach the folder before the snapshot that names them, and before their packages, so that a killed run leaves nothing unnamed. */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing, linkFilesAtomic, makeFolder, writeFilesAtomic } from '@antivenom/node';
import { pathInside } from '../channel/inside-channel.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, hashPrefixedPath } from '../channel/published-targets.ts';
import type { Warning } from '../operations.ts';
import { dropUnnamedBins } from './drop-bins.ts';
import type { NextBins } from './next-bins.ts';

/**
 * Writes bins, and links the packages that they list to their hash-prefixed names: sharing blocks where the file system can, else
 * as hard links, since a package is never rewritten in its place.
 *
 * @returns what is listed and could not be linked
 * @throws VerificationError `unsafe-name` for a package that is a link out of the channel
 */
export async function writeBins(own: OwnMetadata, bins: NextBins): Promise<Warning[]> {
  await dropUnnamedBins(own);
  await writeFilesAtomic(within(own.folder, bins));
  const missing: Missing = { first: undefined, count: 0 };
  await linkFilesAtomic(packageLinks(own.folder, bins.packages(), missing));
  const { first } = missing;
  if (first === undefined) return [];
  const count = missing.count === 1 ? 'is not there' : `and ${missing.count - 1} more packages are not there`;
  const message = `${first} ${count} as the record says: clients that fetch it by its hash bin find nothing`;
  return [{ kind: 'missing', about: first, message }];
}

/** Packages that could not be linked: all of a large channel where they stand elsewhere. */
interface Missing {
  first: string | undefined;
  count: number;
}

/** Those of a channel that is being made: they list nothing yet. */
export async function writeFirstBins(folder: string, bins: NextBins): Promise<void> {
  await makeFolder(join(folder, 'tuf'));
  await writeFilesAtomic(within(folder, bins));
}

async function* within(folder: string, bins: NextBins) {
  for await (const { path, bytes } of bins.files()) yield { path: join(folder, path), bytes };
}

async function* packageLinks(folder: string, packages: Iterable<FileFacts>, missing: Missing) {
  const made = new Set<string>();
  for (const facts of packages) {
    const source = await packageFile(folder, facts);
    if (source === undefined) {
      missing.first ??= facts.path;
      missing.count++;
      continue;
    }
    const place = join(folder, hashPrefixedPath(facts));
    if (!made.has(dirname(place))) await makeFolder(dirname(place));
    made.add(dirname(place));
    yield [source, place] as const;
  }
}

/** Undefined where there is no file of its length, which no client would take. */
async function packageFile(folder: string, { path, length }: FileFacts): Promise<string | undefined> {
  try {
    const source = await pathInside(folder, path);
    return (await lstat(source)).size === length ? source : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
