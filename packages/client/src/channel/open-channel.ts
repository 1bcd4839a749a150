/** From a trusted channel's address to its newest proved state: what its index is, and who may sign its records. */
import { ContentTrustError, distinctYanks, type TrustedCctChain, UsageError, YankedFiles } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { type CctAuthority, refreshCct } from '../authority/cct-authority.ts';
import { MetadataSource } from '../authority/metadata-source.ts';
import { TufAuthority } from '../authority/tuf-authority.ts';
import type { ClientEnv } from '../client-env.ts';
import { RedactedUrl } from '../downloads/redacted-url.ts';
import { CCT_LIMITS, TUF_LIMITS } from '../limits.ts';
import { CredentialsFile } from '../trust/credentials.ts';
import { TrustStore } from '../trust/trust-store.ts';
import type { Authority, TrustedChannel } from '../trust/trusted-channels.ts';
import { agreeing, ownerAmong, type Statement } from './agreement.ts';
import { type IndexListing, listIndexes } from './index-listing.ts';
import { provenCctChain } from './proven-chain.ts';
import { TeamFiles } from './team-files.ts';
import { readYankLists } from './yank-lists.ts';

interface Opened {
  /** With the credentials that are known for it. */
  readonly url: RedactedUrl;
  /** As it is known in the trust store. */
  readonly key: string;
  readonly channel: TrustedChannel;
  readonly teams: TeamFiles;
  /** What it took back, by the word of any authority that counts. */
  readonly yanked: YankedFiles;
}

/** A channel whose index is proved by TUF. */
export interface ProvenChannel extends Opened {
  readonly kind: 'tuf';
  readonly listing: IndexListing;
  /** The lists of what is yanked, of the one whose listing counts. */
  readonly yankLists: IndexListing;
  /** Those who agree on the listing. */
  readonly authorities: readonly TufAuthority[];
  /** Folders that hold `tuf/targets`, in the order in which they are asked. */
  readonly mirrors: readonly RedactedUrl[];
  /** Undefined where the channel signs no records. */
  readonly cct: TrustedCctChain | undefined;
}

/** A channel that has a conda-content-trust chain alone: each record is proved, the index is not. */
export interface RecordsChannel extends Opened {
  readonly kind: 'cct';
  readonly cct: TrustedCctChain;
}

export type OpenChannel = ProvenChannel | RecordsChannel;

/**
 * Refreshes every authority of the channel.
 *
 * @param url as typed or trusted, with or without credentials
 * @throws PolicyError `not-trusted`
 * @throws VerificationError, MalformedError, FreshnessError, DownloadError, StoreError by what is wrong with the metadata
 */
export async function openChannel(url: string, env: ClientEnv): Promise<OpenChannel> {
  const store = new TrustStore(env.home, env.lockWaitMs);
  const channel = await store.channel(url);
  const credentials = new CredentialsFile(env.home, env.lockWaitMs);
  const complete = async (address: string) => RedactedUrl.parse(await credentials.complete(address));
  const unknown = { teams: TeamFiles.none, yanked: YankedFiles.NONE };
  const opened = { url: await complete(url), key: channel.url, channel, ...unknown };
  // A policy may say where the metadata of a channel stands that was trusted without saying so.
  const byPolicy = env.policy.channels.find((rule) => rule.url === channel.url)?.metadata;
  const baseOf = ({ metadata = byPolicy }: Authority) => (metadata === undefined ? opened.url : complete(metadata));

  const [first, ...others] = channel.authorities;
  if (first === undefined) throw new UsageError('usage', `${channel.url} has no authority`);
  if (first.kind === 'cct') {
    const authority = await refreshOne(first, await baseOf(first));
    if (authority.kind === 'cct' && others.length === 0) return { ...opened, kind: 'cct', cct: authority.chain };
    throw new UsageError('usage', `${channel.url}: several conda-content-trust roots cannot speak for one channel`, {
      hint: `antivenom trust remove ${channel.url}, then trust the one you want.`,
    });
  }

  const threshold = channel.threshold ?? channel.authorities.length;
  const statements: Statement[] = [];
  const mirrors = [opened.url];
  let failure: ContentTrustError | undefined;
  for (const authority of channel.authorities) {
    const base = await baseOf(authority);
    if (!mirrors.some(({ key }) => key === base.key)) mirrors.push(base);
    try {
      const refreshed = await refreshOne(authority, base);
      if (refreshed.kind === 'tuf') {
        const yanks = await readYankLists(refreshed, { url: opened.url, mirrors }, env);
        statements.push({ authority: refreshed, listing: await listIndexes(refreshed), yanks });
      }
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      // A trust decision outranks what could not be told.
      if (failure === undefined || (failure.exitStatus !== 1 && error.exitStatus === 1)) failure = error;
    }
  }
  if (failure !== undefined && statements.length < threshold) throw failure;
  const agreed = agreeing(channel.url, statements, threshold);
  const owner = ownerAmong(agreed);
  if (owner === undefined) throw new Error('an agreement of nobody');
  const authorities = agreed.map(({ authority }) => authority);
  const found = { ...opened, kind: 'tuf' as const, mirrors, authorities, teams: await TeamFiles.of(authorities) };
  const cct = await provenCctChain(owner.listing, { ...found, now: owner.authority.trusted.env.now }, env);
  const yanked = new YankedFiles(distinctYanks(agreed.flatMap(({ yanks }) => yanks?.inForce ?? [])));
  return { ...found, listing: owner.listing, yankLists: owner.yanks?.listing ?? new Map(), yanked, cct };

  async function refreshOne(authority: Authority, base: RedactedUrl): Promise<TufAuthority | CctAuthority> {
    const memory = store.authorityStore(channel, authority, !env.isRealTime);
    // A clock that was set back must not revive what had expired.
    const now = env.isRealTime ? Math.max(env.now, await memory.acceptedAt()) : env.now;
    if (authority.kind === 'cct') {
      const source = new MetadataSource(env.fetcher, base);
      return refreshCct(memory, source, { crypto: nodeCrypto, now, limits: CCT_LIMITS }, env.lockWaitMs);
    }
    const source = new MetadataSource(env.fetcher, base.join('tuf'));
    return TufAuthority.refresh(memory, source, { crypto: nodeCrypto, now, limits: TUF_LIMITS }, env.lockWaitMs);
  }
}
