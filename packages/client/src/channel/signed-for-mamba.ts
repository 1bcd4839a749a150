/**
 * What a channel signs for mamba. It proves nothing here: mamba's signatures are over less than a record. But whose they
 * are is known, so that nobody takes them for a stranger's, and that mamba would refuse the channel is worth a word.
 */
import { ContentTrustError, chainRoleStatuses, chainRootVersion, MAMBA_CHAIN, mambaRootNames } from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import type { IndexListing } from './index-listing.ts';
import type { ProvenChannel } from './open-channel.ts';
import { provenChain } from './proven-chain.ts';

export interface SignedForMamba {
  /** In lower-case hex: those that the channel's own chain delegates. */
  readonly keys: ReadonlySet<string>;
  /** Why mamba refuses the channel; sentences for a person. */
  readonly warnings: readonly string[];
}

export async function signedForMamba(channel: ProvenChannel, env: ClientEnv): Promise<SignedForMamba> {
  const now = channel.authorities[0]?.trusted.env.now ?? env.now;
  try {
    // Whose a signature is does not change when the chain expires.
    const chain = await provenChain(MAMBA_CHAIN, channel.listing, { ...channel, now: 0 }, env);
    if (chain?.keyMgr === undefined) return { keys: new Set(), warnings: [] };
    const { root, keyMgr } = chain;
    const pkgMgr = 'pkgMgr' in chain ? chain.pkgMgr : undefined;
    const roles = chainRoleStatuses(MAMBA_CHAIN, { root, keyMgr, pkgMgr }, now);
    const expired = roles.filter(({ expires }) => Date.parse(expires) <= now);
    return {
      keys: new Set(keyMgr.pkgMgr.keys.keys()),
      warnings: expired.map(
        ({ name, expires }) => `mamba refuses the channel: ${name} expired on ${expires.slice(0, 10)}`,
      ),
    };
  } catch (error) {
    if (!(error instanceof ContentTrustError)) throw error;
    return { keys: new Set(), warnings: [`mamba refuses the channel: ${error.message}`] };
  }
}

/** The names under which mamba asks for a root that there is not yet: whatever is served there it takes for one. */
export function nextMambaRoots(listing: IndexListing): string[] {
  const versions = [...listing.keys()].flatMap((path) => chainRootVersion(MAMBA_CHAIN, path) ?? []);
  return versions.length === 0 ? [] : mambaRootNames(Math.max(...versions) + 1);
}
