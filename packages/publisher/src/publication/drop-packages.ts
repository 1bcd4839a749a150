/** Packages that have left the channel leave the published folder too, once nobody can come for them any more. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ContentTrustError,
  checkRecordNames,
  type JsonObject,
  REPODATA,
  type RecordMap,
  scanRepodata,
} from '@antivenom/core';
import { isMissing } from '@antivenom/node';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { type Generation, readGenerations } from '../channel/generations.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, hashPrefixedPath, readTarget } from '../channel/published-targets.ts';
import { contentOf } from '../indexes/derived-forms.ts';
import { INDEX_LIMITS } from '../indexes/source-index.ts';
import { PACKAGE } from './carry-files.ts';

/**
 * Takes away the packages of these subdirs that are not in the source and that no kept publication lists.
 *
 * @returns their paths, relative to the published folder
 */
export async function dropUnlistedPackages(
  { source, published }: ChannelFolder,
  own: OwnMetadata,
  subdirs: readonly string[],
): Promise<string[]> {
  const dropped: string[] = [];
  for (const subdir of subdirs) {
    const here = new Set(await packagesIn(join(source, subdir)));
    const gone = (await packagesIn(join(published, subdir))).filter((name) => !here.has(name));
    // The indexes of all publications are read only where there is something to find out.
    if (gone.length === 0) continue;
    const listed = await listedPackages(own, subdir, await readGenerations(own));
    for (const name of gone) {
      if (listed.has(name)) continue;
      await rm(join(published, subdir, name), { force: true });
      dropped.push(`${subdir}/${name}`);
    }
  }
  return dropped;
}

async function packagesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => PACKAGE.test(name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function listedPackages(
  own: OwnMetadata,
  subdir: string,
  generations: readonly Generation[],
): Promise<ReadonlySet<string>> {
  const listed = new Set<string>();
  // The form that every kept publication has.
  const form = `${REPODATA}.zst`;
  for (const [at, { files }] of generations.entries()) {
    const facts = files.get(`${subdir}/${form}`);
    if (facts === undefined || (at > 0 && !(await isKept(own, facts)))) continue;
    const repodata = scanRepodata(contentOf(form, await readTarget(own.folder, facts)), INDEX_LIMITS);
    for (const slice of repodata.records) {
      listed.add(slice.file);
      // A wheel's key does not spell its file.
      if (slice.map.startsWith('v3.')) listed.add(fileNamed(subdir, slice.file, slice.map, repodata.record(slice)));
    }
  }
  return listed;
}

/** Of earlier publications the metadata may stay alone. */
async function isKept({ folder }: OwnMetadata, facts: FileFacts): Promise<boolean> {
  try {
    return (await stat(join(folder, hashPrefixedPath(facts)))).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function fileNamed(subdir: string, key: string, map: RecordMap, record: JsonObject): string {
  try {
    return checkRecordNames(subdir, key, map, record).file;
  } catch (error) {
    // Nobody would sign it now; a rule of an earlier version may have let it pass.
    if (error instanceof ContentTrustError) return key;
    throw error;
  }
}
