/** A chain of record signatures of a channel whose TUF metadata lists its files: one fingerprint proves both. */
import {
  chainRootVersion,
  type FoundTarget,
  keyMgrPath,
  type RecordChain,
  TrustedCctChain,
  VerificationError,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import { CCT_LIMITS } from '../limits.ts';
import { fetchTarget, type TargetPlaces } from './fetch-target.ts';
import type { IndexListing } from './index-listing.ts';

/**
 * Every root that is listed, the lowest first, then key_mgr. TUF guards them against rollback.
 *
 * @returns undefined for a channel that lists no such chain
 * @throws VerificationError, MalformedError, FreshnessError as {@link TrustedCctChain}; `missing`
 */
export async function provenChain(
  chain: RecordChain,
  listing: IndexListing,
  places: TargetPlaces & { readonly now: number },
  env: ClientEnv,
): Promise<TrustedCctChain | undefined> {
  const keyMgr = listing.get(keyMgrPath(chain));
  const [first, ...later] = rootsOf(chain, listing).map(({ target }) => target);
  if (keyMgr === undefined || first === undefined) return undefined;
  const bytesOf = async (target: Verified<FoundTarget>): Promise<Uint8Array> => {
    const fetched = await fetchTarget(target, places, env);
    if (fetched !== undefined) return fetched.bytes;
    throw new VerificationError('missing', `${target.path}, which the channel's metadata lists, is not there`, {
      hint: 'Without it no record signature can be judged: try another mirror, and tell the owner of the channel.',
      details: { file: target.path },
    });
  };
  const cctEnv = { crypto: nodeCrypto, now: places.now, limits: CCT_LIMITS };
  const trusted = TrustedCctChain.fromRoot(await bytesOf(first), cctEnv);
  for (const root of later) trusted.updateRoot(await bytesOf(root));
  trusted.finishRoots();
  trusted.setKeyMgr(await bytesOf(keyMgr));
  return trusted;
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
