/** A CCT chain in memory, or mamba's, whose every number can be set wrong: tests change a field and ask for the files again. */
import {
  buildCctKeyMgr,
  buildCctPkgMgr,
  buildCctRoot,
  type CctEnv,
  type CctShape,
  type Signer,
  signCct,
  TrustedCctChain,
  TrustedMambaChain,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner } from './seeded-signer.ts';

const DAY = 86_400_000;

/** A role that has a file: who signs it, how many the delegator asks for, and what stands in its head. */
export interface CctTestRole {
  signers: Signer[];
  threshold: number;
  version: number;
  /** ms since the epoch */
  issued: number;
  /** ms since the epoch */
  expires: number;
}

export class CctRepository {
  readonly root: CctTestRole;
  readonly keyMgr: CctTestRole;
  /** Signs records; version and dates are those of its file, which mamba's chain alone has. */
  readonly pkgMgr: CctTestRole;
  /** The root before this one, whose keys sign too. */
  previousRootSigners: Signer[] = [];
  rootShape: CctShape = 'openpgp';
  keyMgrShape: CctShape = 'raw';
  pkgMgrShape: CctShape = 'openpgp';

  constructor(now: number) {
    const dates = { issued: now - DAY, expires: now + DAY };
    this.root = { signers: [seededSigner('CCT root')], threshold: 1, version: 1, ...dates };
    this.keyMgr = { signers: [seededSigner('key_mgr')], threshold: 1, version: 1, ...dates };
    this.pkgMgr = { signers: [seededSigner('pkg_mgr')], threshold: 1, version: 1, ...dates };
  }

  rootFile(): Promise<Uint8Array> {
    const signed = buildCctRoot({ ...this.root, root: keysOf(this.root), keyMgr: keysOf(this.keyMgr) });
    const signers = [...new Set([...this.root.signers, ...this.previousRootSigners])];
    return signCct(signed, signers, this.rootShape, nodeCrypto, this.root.issued);
  }

  keyMgrFile(): Promise<Uint8Array> {
    const signed = buildCctKeyMgr({ ...this.keyMgr, pkgMgr: keysOf(this.pkgMgr) });
    return signCct(signed, this.keyMgr.signers, this.keyMgrShape, nodeCrypto, this.keyMgr.issued);
  }

  pkgMgrFile(): Promise<Uint8Array> {
    return signCct(buildCctPkgMgr(this.pkgMgr), this.pkgMgr.signers, this.pkgMgrShape, nodeCrypto, this.pkgMgr.issued);
  }

  /** The whole chain of conda's, ready for records. */
  async chain(env: CctEnv): Promise<TrustedCctChain> {
    const chain = TrustedCctChain.fromRoot(await this.rootFile(), env);
    chain.finishRoots();
    chain.setKeyMgr(await this.keyMgrFile());
    return chain;
  }

  /** The whole chain of mamba's, ready for records. */
  async mambaChain(env: CctEnv): Promise<TrustedMambaChain> {
    const chain = TrustedMambaChain.fromRoot(await this.rootFile(), env);
    chain.finishRoots();
    chain.setKeyMgr(await this.keyMgrFile());
    chain.setPkgMgr(await this.pkgMgrFile());
    return chain;
  }
}

/** Roomy limits for test chains. */
export function cctTestEnv(now: number): CctEnv {
  return { crypto: nodeCrypto, now, limits: { json: { maxBytes: 1_000_000, maxDepth: 64 } } };
}

function keysOf({ signers, threshold }: { signers: Signer[]; threshold: number }) {
  return { keys: signers.map(({ publicKey }) => publicKey), threshold };
}
