/** Changes the index of a subdir in all its forms at once, as an attacker does who wants them to tell one story. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compressBzip2, compressZstd } from '@antivenom/node';
import { writeShards } from './channel.ts';
import { hashPrefixed, readRoles } from './key-thief.ts';

/** Repodata as JSON.parse reads it. */
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes into it whatever comes to mind
export type EditableIndex = any;

/** @param edit is asked for `repodata.json` and `current_repodata.json` in turn; a returned text stands in place of the index */
export async function editIndex(
  folder: string,
  subdir: string,
  edit: (index: EditableIndex, name: string) => unknown,
  { shards = 'built anew' }: { readonly shards?: 'built anew' | 'as they were' } = {},
): Promise<void> {
  for (const name of ['repodata.json', 'current_repodata.json']) {
    const file = join(folder, subdir, name);
    const index = JSON.parse(await readFile(file, 'utf8'));
    const given = edit(index, name);
    const text = typeof given === 'string' ? given : `${JSON.stringify(index, null, 2)}\n`;
    const bytes = new Uint8Array(Buffer.from(text));
    await writeFile(file, bytes);
    await writeFile(`${file}.zst`, await compressZstd(bytes, 16));
    await writeFile(`${file}.bz2`, await compressBzip2(bytes));
    if (name === 'repodata.json' && shards === 'built anew') await writeShards(join(folder, subdir), bytes);
  }
}

/** Puts what stands under the ordinary names under the hash-prefixed names that the signed metadata lists, too. */
export async function coverListedNames(folder: string): Promise<void> {
  for (const [path, { hashes }] of Object.entries<EditableIndex>(readRoles(folder).index.targets)) {
    const bytes = await readFile(join(folder, path));
    await writeFile(join(folder, 'tuf/targets', hashPrefixed(path, hashes.sha256)), bytes);
  }
}

/** The record of a file, in whichever map it stands. */
export function recordOf(index: EditableIndex, file: string): EditableIndex {
  return index.packages[file] ?? index['packages.conda'][file];
}
