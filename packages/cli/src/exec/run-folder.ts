/** The folders of `exec`: one of a single run, and the package caches that runs share. */
import { randomBytes } from 'node:crypto';
import { realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, makeFolder, namesIfThere } from '@antivenom/node';

/** Of runs that were killed: no run's certificates are good for longer. ms. */
const LEFTOVER_MS = 31 * 86_400_000;
const MODE = { mode: 0o700 };

export interface RunFolder {
  /** Of this run alone. */
  readonly path: string;
  /** Of conda and mamba. */
  readonly condaPackages: string;
  /** Of rattler and pixi. */
  readonly rattlerCache: string;
}

/**
 * @param home the folder that Antivenom keeps things in
 * @param isVerified false where something unverified may enter the caches: then they are this run's alone
 * @param now ms since the epoch
 */
export async function makeRunFolder(home: string, isVerified: boolean, now: number): Promise<RunFolder> {
  await makeFolder(join(home, 'exec'), MODE);
  // As clients write it into their records.
  const exec = await realpath(join(home, 'exec'));
  const runs = join(exec, 'runs');
  await removeLeftovers(runs, now);
  const path = join(runs, randomBytes(8).toString('hex'));
  const caches = isVerified ? exec : path;
  const folder = { path, condaPackages: join(caches, 'conda-pkgs'), rattlerCache: join(caches, 'rattler') };
  for (const each of Object.values(folder)) await makeFolder(each, MODE);
  return folder;
}

/** After a run in which something came another way: that may stand in them too. */
export async function dropCaches({ condaPackages, rattlerCache }: RunFolder): Promise<void> {
  for (const cache of [condaPackages, rattlerCache]) await rm(cache, { recursive: true, force: true });
}

async function removeLeftovers(runs: string, now: number): Promise<void> {
  for (const name of await namesIfThere(runs)) {
    const found = await stat(join(runs, name)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (found !== undefined && now - found.mtimeMs > LEFTOVER_MS) await rm(join(runs, name), { recursive: true });
  }
}
