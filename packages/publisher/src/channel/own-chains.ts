/** The chains of record signatures of a published folder: their files are TUF targets of the offline role. */
import {
  type CctKeyMgr,
  type CctRoot,
  chainRootPath,
  keyMgrPath,
  RECORD_CHAINS,
  type RecordChain,
  StoreError,
  TrustedCctChain,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { OWN_LIMITS, type OwnMetadata } from './own-metadata.ts';
import { type FileFacts, factsOfTarget, readTarget } from './published-targets.ts';

export interface OwnChain {
  readonly chain: RecordChain;
  readonly root: Verified<CctRoot>;
  readonly keyMgr: Verified<CctKeyMgr>;
}

/**
 * The verified chains, those that the channel was made with.
 *
 * @throws StoreError `store-corrupt`
 */
export async function readOwnChains(own: OwnMetadata): Promise<OwnChain[]> {
  const chains = await Promise.all(RECORD_CHAINS.map((chain) => readOwnChain(own, chain)));
  return chains.filter((chain) => chain !== undefined);
}

/** @returns undefined for a channel that was made without this chain */
export async function readOwnChain(own: OwnMetadata, chain: RecordChain): Promise<OwnChain | undefined> {
  const facts = (path: string): FileFacts | undefined => {
    const target = own.targets.targets.get(path);
    return target === undefined ? undefined : factsOfTarget(target);
  };
  const keyMgrFacts = facts(keyMgrPath(chain));
  const first = facts(chainRootPath(chain, 1));
  if (keyMgrFacts === undefined || first === undefined) return undefined;
  const env = { crypto: nodeCrypto, now: 0, limits: { json: OWN_LIMITS.json } };
  const trusted = TrustedCctChain.fromRoot(await readTarget(own.folder, first), env);
  for (;;) {
    const next = facts(chainRootPath(chain, trusted.root.version + 1));
    if (next === undefined) break;
    trusted.updateRoot(await readTarget(own.folder, next));
  }
  trusted.finishRoots();
  trusted.setKeyMgr(await readTarget(own.folder, keyMgrFacts));
  const { root, keyMgr } = trusted;
  if (keyMgr === undefined) {
    throw new StoreError('store-corrupt', `${own.folder}: the chain for ${chain.client} is incomplete`);
  }
  return { chain, root, keyMgr };
}
