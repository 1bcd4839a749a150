/** The first publication into a folder of its own: it goes on with the metadata that the channel has. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@antivenom/core';
import { copyFileAtomic, isMissing, makeFolder, readFileIfThere } from '@antivenom/node';

/** Copies `tuf` and `cct`; `timestamp.json` comes last, so that a copy cut short is no channel yet. */
export async function seedPublished(from: string, to: string): Promise<void> {
  await copyTree(join(from, 'cct'), join(to, 'cct'));
  await copyTree(join(from, 'tuf'), join(to, 'tuf'), new Set(['timestamp.json']));
  await copyFileAtomic(join(from, 'tuf', 'timestamp.json'), join(to, 'tuf', 'timestamp.json'));
}

/**
 * Refuses a folder that another channel is published in.
 *
 * @throws UsageError `already-initialised`
 */
export async function requireSameChannel(from: string, to: string): Promise<void> {
  const [ours, theirs] = [
    await readFileIfThere(join(from, 'tuf', '1.root.json')),
    await readFileIfThere(join(to, 'tuf', '1.root.json')),
  ];
  if (ours === undefined || theirs === undefined || Buffer.compare(ours, theirs) === 0) return;
  throw new UsageError('already-initialised', `${to} holds another channel`, {
    hint: 'Name another folder with --out.',
    details: { folder: to },
  });
}

async function copyTree(from: string, to: string, except: ReadonlySet<string> = new Set()): Promise<void> {
  for (const entry of await entriesOf(from)) {
    if (except.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isFile()) {
      await makeFolder(to);
      await copyFileAtomic(source, target);
    }
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
