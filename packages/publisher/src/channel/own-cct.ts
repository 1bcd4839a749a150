/** The conda-content-trust chain of a published folder: its files are TUF targets of the offline role. */
import { type CctKeyMgr, type CctRoot, StoreError, TrustedCctChain, type Verified } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { OWN_LIMITS, type OwnMetadata } from './own-metadata.ts';
import { type FileFacts, factsOfTarget, readTarget } from './published-targets.ts';

export const KEY_MGR_PATH = 'cct/key_mgr.json';

export function cctRootPath(version: number): string {
  return `cct/${version}.root.json`;
}

export interface OwnCct {
  readonly root: Verified<CctRoot>;
  readonly keyMgr: Verified<CctKeyMgr>;
}

/**
 * The verified chain, or undefined for a channel that was made without one.
 *
 * @throws StoreError `store-corrupt`
 */
export async function readOwnCct(own: OwnMetadata): Promise<OwnCct | undefined> {
  const facts = (path: string): FileFacts | undefined => {
    const target = own.targets.targets.get(path);
    return target === undefined ? undefined : factsOfTarget(target);
  };
  const keyMgrFacts = facts(KEY_MGR_PATH);
  const first = facts(cctRootPath(1));
  if (keyMgrFacts === undefined || first === undefined) return undefined;
  const env = { crypto: nodeCrypto, now: 0, limits: { json: OWN_LIMITS.json } };
  const chain = TrustedCctChain.fromRoot(await readTarget(own.folder, first), env);
  for (;;) {
    const next = facts(cctRootPath(chain.root.version + 1));
    if (next === undefined) break;
    chain.updateRoot(await readTarget(own.folder, next));
  }
  chain.finishRoots();
  chain.setKeyMgr(await readTarget(own.folder, keyMgrFacts));
  if (chain.keyMgr === undefined) throw new StoreError('store-corrupt', `${own.folder}/cct is incomplete`);
  return { root: chain.root, keyMgr: chain.keyMgr };
}
