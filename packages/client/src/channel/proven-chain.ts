/** The chains of record signatures of a channel whose TUF metadata lists their files: one fingerprint proves all. */
import {
  CONDA_CHAIN,
  chainRootVersion,
  type FoundTarget,
  keyMgrPath,
  type RecordChain,
  TrustedCctChain,
  TrustedMambaChain,
  VerificationError,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import { CCT_LIMITS } from '../limits.ts';
import { fetchTarget, type TargetPlaces } from './fetch-target.ts';
import type { IndexListing } from './index-listing.ts';

export interface ProofPlaces extends TargetPlaces {
  /** ms since the epoch */
  readonly now: number;
}

/**
 * Every root that is listed, the lowest first, then key_mgr, and pkg_mgr where the chain has it as a file. TUF guards them
 * against rollback.
 *
 * @returns undefined for a channel that lists no such chain
 * @throws VerificationError, MalformedError, FreshnessError as {@link TrustedCctChain}; `missing`
 */
export async function provenChain(
  chain: RecordChain,
  listing: IndexListing,
  places: ProofPlaces,
  env: ClientEnv,
): Promise<TrustedCctChain | TrustedMambaChain | undefined> {
  const keyMgr = listing.get(keyMgrPath(chain));
  const [first, ...later] = rootsOf(chain, listing).map(({ target }) => target);
  if (keyMgr === undefined || first === undefined) return undefined;
  const bytesOf = async (path: string, target: Verified<FoundTarget> | undefined): Promise<Uint8Array> => {
    const fetched = target && (await fetchTarget(target, places, env));
    if (fetched !== undefined) return fetched.bytes;
    const what = target === undefined ? 'is not listed' : "which the channel's metadata lists, is not there";
    throw new VerificationError('missing', `${path}${target === undefined ? '' : ','} ${what}`, {
      hint: 'Without it no record signature can be judged: try another mirror, and tell the owner of the channel.',
      details: { file: path },
    });
  };
  const chainEnv = { crypto: nodeCrypto, now: places.now, limits: CCT_LIMITS };
  const Trusted = chain.pkgMgrPath === undefined ? TrustedCctChain : TrustedMambaChain;
  const trusted = Trusted.fromRoot(await bytesOf(first.path, first), chainEnv);
  for (const root of later) trusted.updateRoot(await bytesOf(root.path, root));
  trusted.finishRoots();
  trusted.setKeyMgr(await bytesOf(keyMgr.path, keyMgr));
  if (trusted instanceof TrustedMambaChain && chain.pkgMgrPath !== undefined) {
    trusted.setPkgMgr(await bytesOf(chain.pkgMgrPath, listing.get(chain.pkgMgrPath)));
  }
  return trusted;
}

/** {@link provenChain} of conda, the only one whose signatures are evidence. */
export async function provenCctChain(
  listing: IndexListing,
  places: ProofPlaces,
  env: ClientEnv,
): Promise<TrustedCctChain | undefined> {
  const trusted = await provenChain(CONDA_CHAIN, listing, places, env);
  return trusted instanceof TrustedCctChain ? trusted : undefined;
}

/** Those that the channel's metadata lists, the lowest first. */
export function rootsOf(chain: RecordChain, listing: IndexListing) {
  return [...listing.values()]
    .flatMap((target) => {
      const version = chainRootVersion(chain, target.path);
      return version === undefined ? [] : [{ version, target }];
    })
    .sort((a, b) => a.version - b.version);
}
