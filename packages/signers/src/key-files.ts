/** What key files say in the open, and where those go whose keys sign no more. */
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { copyFileAtomic, makeFolder, namesIfThere } from '@antivenom/node';
import { type KeyFileHeader, readKeyFileHeader } from './key-file.ts';

export interface KeyFile {
  readonly path: string;
  readonly header: KeyFileHeader;
}

export function isKeyFileName(name: string): boolean {
  return /^[^.].*-\d+\.json$/.test(name);
}

/** `DIR/offline/retired`, `DIR/online/retired`: within, so that whoever carries the offline keys away carries these away too. */
export function retiredFolder(folder: string): string {
  return join(folder, 'retired');
}

/**
 * The files of a folder, in the order of their names; none where there is no folder. Nothing is opened.
 *
 * @throws StoreError `store-corrupt`
 */
export async function readKeyFiles(folder: string): Promise<KeyFile[]> {
  const files: KeyFile[] = [];
  for (const name of (await namesIfThere(folder)).filter(isKeyFileName).sort()) {
    const path = join(folder, name);
    files.push({ path, header: readKeyFileHeader(await readFile(path), path) });
  }
  return files;
}

/**
 * Moves a file to the folder `retired` within its own: a key is never thrown away, and never opened there.
 *
 * @returns its new path
 */
export async function retireKeyFile({ path }: KeyFile): Promise<string> {
  const folder = retiredFolder(dirname(path));
  await makeFolder(folder, { mode: 0o700 });
  const retired = join(folder, basename(path));
  await copyFileAtomic(path, retired);
  await rm(path);
  return retired;
}
