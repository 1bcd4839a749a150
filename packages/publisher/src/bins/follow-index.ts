/** Hash bins follow the index: they list what it lists, in the same publication. */

import type { Binning } from '@antivenom/core';
import { REPODATA, scanRepodata } from '@antivenom/core';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, factsOfTarget, readTarget } from '../channel/published-targets.ts';
import { INDEX_LIMITS } from '../indexes/source-index.ts';
import type { Warning } from '../operations.ts';
import { BinChanges } from './bin-changes.ts';

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
