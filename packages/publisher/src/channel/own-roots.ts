/** The roots of a channel's own chains of record signatures, for those who hand them to consumers. */
import { join } from 'node:path';
import { type ChainRoots, chainRootPath, StoreError } from '@antivenom/core';
import { readFileIfThere } from '@antivenom/node';
import { findChannel, requirePublished } from './channel-folder.ts';
import { readOwnChains } from './own-chains.ts';
import { readOwnMetadata } from './own-metadata.ts';
import { factsOfTarget, readTarget } from './published-targets.ts';

/**
 * @param keys the key folder: its copy of the first root proves what stands in the channel's folder
 * @returns undefined where that copy is not there, so that nothing proves it
 * @throws UsageError `not-initialised`
 * @throws StoreError `store-corrupt`
 */
export async function ownChainRoots(channel: string, keys: string): Promise<ChainRoots[] | undefined> {
  if ((await readFileIfThere(join(keys, '1.root.json'))) === undefined) return undefined;
  const folders = await findChannel(channel);
  await requirePublished(folders);
  const own = await readOwnMetadata(folders.published, keys);
  const found: ChainRoots[] = [];
  for (const { chain, root } of await readOwnChains(own)) {
    const roots = [];
    for (let version = 1; version <= root.version; version++) {
      const target = own.targets.targets.get(chainRootPath(chain, version));
      if (target === undefined)
        throw new StoreError('store-corrupt', `${own.folder}: a root for ${chain.client} is missing`);
      roots.push({ version, bytes: await readTarget(own.folder, factsOfTarget(target)) });
    }
    found.push({ chain, roots });
  }
  return found;
}
