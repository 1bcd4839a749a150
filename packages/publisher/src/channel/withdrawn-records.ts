/**
 * Records that were taken out of the indexes because their files are yanked, as the indexer's folder keeps them in
 * `.antivenom/withdrawn.json`: in a folder that is signed in place nothing else has them any more.
 */
import { join } from 'node:path';
import {
  ContentTrustError,
  expectArray,
  expectObject,
  expectString,
  member,
  object,
  readJson,
  StoreError,
  type WithdrawnRecord,
  writeJson,
} from '@antivenom/core';
import { makeFolder, readFileIfThere, removeLeftovers, writeFileAtomic } from '@antivenom/node';
import { stateFolder } from './channel-folder.ts';
import { OWN_LIMITS } from './own-metadata.ts';

export interface KeptRecord extends WithdrawnRecord {
  readonly subdir: string;
}

/** @throws StoreError `store-corrupt` */
export async function readWithdrawn(source: string): Promise<KeptRecord[]> {
  const path = pathIn(source);
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return [];
  try {
    const file = expectObject(readJson(bytes, OWN_LIMITS.json), 'the file');
    return expectArray(member(file, 'records', 'the file'), '`records`').map((entry) => {
      const kept = expectObject(entry, 'a record');
      const text = (name: string) => expectString(member(kept, name, 'a record'), `\`${name}\``);
      const record = expectObject(member(kept, 'record', 'a record'), '`record`');
      return { subdir: text('subdir'), map: text('map') as KeptRecord['map'], file: text('file'), record };
    });
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `${path} is damaged: ${cause.message}`, {
      hint: 'Delete it: what is unyanked comes back when the channel is indexed anew.',
      details: { file: path },
      cause,
    });
  }
}

/** Keeps these records, and no others. */
export async function writeWithdrawn(source: string, records: readonly KeptRecord[]): Promise<void> {
  const entries = records.map(({ subdir, map, file, record }) => object({ subdir, map, file, record }));
  await makeFolder(stateFolder(source));
  await removeLeftovers(stateFolder(source));
  await writeFileAtomic(pathIn(source), writeJson(object({ records: entries }), { indent: 2 }));
}

function pathIn(source: string): string {
  return join(stateFolder(source), 'withdrawn.json');
}
