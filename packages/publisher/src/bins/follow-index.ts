/** Hash bins follow the index: they list what it lists, in the same publication. */
import { type Binning, REPODATA, scanRepodata } from '@antivenom/core';
import type { RoleSigners } from '@antivenom/signers';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, factsOfTarget, readTarget } from '../channel/published-targets.ts';
import { INDEX_LIMITS } from '../indexes/source-index.ts';
import type { PublisherEnv, Warning } from '../operations.ts';
import { signersOf } from '../roles/role-signers.ts';
import { BinChanges } from './bin-changes.ts';
import { dueBins } from './due-bins.ts';
import { type NextBins, nextBins } from './next-bins.ts';
import { BINS } from './own-bins.ts';

/**
 * Bins that list what an index lists, and those that are due. Whatever publishes another index takes them along.
 *
 * @param after the files of the index that is to be published, which stand in the folder by now
 * @returns undefined for a channel without bins
 * @throws StoreError `key-missing`, `store-corrupt`
 */
export async function binsOfIndex(
  own: OwnMetadata,
  after: ReadonlyMap<string, FileFacts>,
  keys: RoleSigners,
  { now, progress }: Pick<PublisherEnv, 'now' | 'progress'>,
): Promise<{ readonly next: NextBins; readonly warnings: readonly Warning[] } | undefined> {
  const { bins } = own;
  if (bins === undefined) return undefined;
  const changes = await followIndex(own, bins, listedFiles(own), after);
  for (const number of dueBins(bins, now)) changes.touch(number);
  const next = nextBins(own, bins, changes.bins, { signers: signersOf(BINS, bins, keys), now, progress });
  return { next, warnings: sizeWarnings(changes) };
}

/**
 * What the bins are to say otherwise.
 *
 * @param before the files of the index that the bins list now; none for new bins
 * @param after those that are to be published, which stand in the folder by now
 */
export async function followIndex(
  { folder }: Pick<OwnMetadata, 'folder'>,
  binning: Binning,
  before: ReadonlyMap<string, FileFacts>,
  after: ReadonlyMap<string, FileFacts>,
): Promise<BinChanges> {
  const changes = new BinChanges(binning);
  const read = async (facts: FileFacts | undefined) =>
    facts && scanRepodata(await readTarget(folder, facts), INDEX_LIMITS);
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [subdir = '', name] = path.split('/');
    const [was, is] = [before.get(path), after.get(path)];
    if (name === REPODATA && was?.sha256 !== is?.sha256) changes.compare(subdir, await read(was), await read(is));
  }
  return changes;
}

export function listedFiles({ index }: Pick<OwnMetadata, 'index'>): ReadonlyMap<string, FileFacts> {
  return new Map([...index.targets.values()].map((target) => [target.path, factsOfTarget(target)]));
}

export function sizeWarnings({ withoutSize }: BinChanges): Warning[] {
  if (withoutSize === 0) return [];
  const what = withoutSize === 1 ? '1 record states' : `${withoutSize} records state`;
  const message = `${what} no size: no hash bin lists what cannot be a target, index the channel again`;
  return [{ kind: 'missing', about: 'bins', message }];
}
