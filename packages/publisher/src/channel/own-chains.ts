/**
 * The chains of record signatures of a published folder. Their roots and key_mgr are TUF targets of the offline role, a
 * pkg_mgr that is a file is one of the index role.
 */
import {
  type CctKeyMgr,
  type CctMetadata,
  type CctRoot,
  chainRootPath,
  keyMgrPath,
  RECORD_CHAINS,
  type RecordChain,
  StoreError,
  type TargetFile,
  TrustedCctChain,
  TrustedMambaChain,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { OWN_LIMITS, type OwnMetadata } from './own-metadata.ts';
import { factsOfTarget, readTarget } from './published-targets.ts';

export interface OwnChain {
  readonly chain: RecordChain;
  readonly root: Verified<CctRoot>;
  readonly keyMgr: Verified<CctKeyMgr>;
  /** In a chain that has it as a file. */
  readonly pkgMgr: Verified<CctMetadata> | undefined;
}

/**
 * The verified chains, those that the channel was made with.
 *
 * @throws StoreError `store-corrupt`
 */
export async function readOwnChains(own: OwnMetadata): Promise<OwnChain[]> {
  const chains: OwnChain[] = [];
  for (const chain of RECORD_CHAINS) {
    const { targets } = own.targets;
    if (targets.has(chainRootPath(chain, 1)) && targets.has(keyMgrPath(chain)))
      chains.push(await readChain(own, chain));
  }
  return chains;
}

async function readChain(own: OwnMetadata, chain: RecordChain): Promise<OwnChain> {
  const incomplete = () =>
    new StoreError('store-corrupt', `${own.folder}: the chain for ${chain.client} is incomplete`);
  const read = async (target: TargetFile | undefined): Promise<Uint8Array> => {
    if (target === undefined) throw incomplete();
    return readTarget(own.folder, factsOfTarget(target));
  };
  const offline = own.targets.targets;
  const env = { crypto: nodeCrypto, now: 0, limits: { json: OWN_LIMITS.json } };
  const Trusted = chain.pkgMgrPath === undefined ? TrustedCctChain : TrustedMambaChain;
  const trusted = Trusted.fromRoot(await read(offline.get(chainRootPath(chain, 1))), env);
  for (;;) {
    const next = offline.get(chainRootPath(chain, trusted.root.version + 1));
    if (next === undefined) break;
    trusted.updateRoot(await read(next));
  }
  trusted.finishRoots();
  trusted.setKeyMgr(await read(offline.get(keyMgrPath(chain))));
  let pkgMgr: Verified<CctMetadata> | undefined;
  if (trusted instanceof TrustedMambaChain) {
    trusted.setPkgMgr(await read(own.index.targets.get(chain.pkgMgrPath ?? '')));
    pkgMgr = trusted.pkgMgr;
  }
  const { root, keyMgr } = trusted;
  if (keyMgr === undefined) throw incomplete();
  return { chain, root, keyMgr, pkgMgr };
}
