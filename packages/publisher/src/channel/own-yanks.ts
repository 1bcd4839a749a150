/** The lists of yanked files of a published folder. */
import {
  readYankList,
  StoreError,
  UNYANKED,
  YANK_ROLE,
  YANKED,
  YANKED_BASE,
  type Yank,
  YankedFiles,
  yanksInForce,
} from '@antivenom/core';
import { OWN_LIMITS, type OwnMetadata } from './own-metadata.ts';
import { factsOfTarget, readTarget } from './published-targets.ts';

export interface OwnYanks {
  /** What the online role lists: yanked since the last offline signing. */
  readonly online: readonly Yank[];
  /** What the offline role lists of before. */
  readonly base: readonly Yank[];
  /** Entries of either that count no more. */
  readonly cancelled: readonly Yank[];
  /** What is left of them. */
  readonly files: YankedFiles;
}

/**
 * @returns undefined for a channel that was made before there were such lists
 * @throws StoreError `store-corrupt`
 */
export async function readOwnYanks(own: OwnMetadata): Promise<OwnYanks | undefined> {
  const role = own.delegated.get(YANK_ROLE);
  if (role === undefined) return undefined;
  const read = async (path: string, { targets }: typeof role) => {
    const target = targets.get(path);
    if (target === undefined) throw new StoreError('store-corrupt', `${own.folder}: the metadata lists no ${path}`);
    return readYankList(path, await readTarget(own.folder, factsOfTarget(target)), OWN_LIMITS.json);
  };
  const online = await read(YANKED, role);
  const base = await read(YANKED_BASE, own.targets);
  const cancelled = await read(UNYANKED, own.targets);
  return { online, base, cancelled, files: new YankedFiles(yanksInForce([...base, ...online], cancelled)) };
}
