/** The roots of a trusted channel's chains of record signatures, for clients other than ours. */
import { type ChainRoots, CONDA_CHAIN, RECORD_CHAINS, VerificationError } from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import { TrustStore } from '../trust/trust-store.ts';
import { fetchTarget } from './fetch-target.ts';
import { openChannel, type ProvenChannel, type RecordsChannel } from './open-channel.ts';
import { provenChain, rootsOf } from './proven-chain.ts';

export interface ProvenRoots {
  /** Of those chains that the channel has. */
  readonly chains: readonly ChainRoots[];
  /** Where conda finds the chain's later files, without credentials: its `signing_metadata_url_base`. */
  readonly signingBase: string;
}

/**
 * @param url of a channel that is trusted on this machine
 * @throws PolicyError `not-trusted`
 * @throws VerificationError, MalformedError, FreshnessError, DownloadError, StoreError by what is wrong with the metadata
 */
export async function provenRoots(url: string, env: ClientEnv): Promise<ProvenRoots> {
  const channel = await openChannel(url, env);
  const base = channel.channel.authorities[0]?.metadata ?? channel.key;
  return channel.kind === 'cct'
    ? { chains: [await storedRoots(channel, env)], signingBase: base }
    : { chains: await listedRoots(channel, env), signingBase: `${base}/cct` };
}

async function listedRoots(channel: ProvenChannel, env: ClientEnv): Promise<ChainRoots[]> {
  const now = channel.authorities[0]?.trusted.env.now ?? env.now;
  const found: ChainRoots[] = [];
  for (const chain of RECORD_CHAINS) {
    if ((await provenChain(chain, channel.listing, { ...channel, now }, env)) === undefined) continue;
    const roots = [];
    for (const { version, target } of rootsOf(chain, channel.listing)) {
      const fetched = await fetchTarget(target, channel, env);
      if (fetched === undefined) {
        throw new VerificationError('missing', `${target.path}, which the channel's metadata lists, is not there`, {
          hint: 'Try another mirror, and tell the owner of the channel.',
          details: { file: target.path },
        });
      }
      roots.push({ version, bytes: fetched.bytes });
    }
    found.push({ chain, roots });
  }
  return found;
}

/** From the root that was trusted first. */
async function storedRoots({ channel, cct }: RecordsChannel, env: ClientEnv): Promise<ChainRoots> {
  const [authority] = channel.authorities;
  if (authority === undefined) throw new Error(`${channel.url} has no authority`);
  const memory = new TrustStore(env.home, env.lockWaitMs).authorityStore(channel, authority, true);
  const roots = [];
  for (let { version } = authority.root; version <= cct.root.version; version++) {
    const bytes = await memory.root(version);
    if (bytes === undefined) throw memory.damaged(`${version}.root.json`, 'it is not there');
    roots.push({ version, bytes });
  }
  return { chain: CONDA_CHAIN, roots };
}
