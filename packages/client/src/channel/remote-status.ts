/** How a channel stands at its address: its roles, expired or not. It is a look, and no decision to trust. */
import { CONDA_CHAIN, PolicyError, RECORD_CHAINS, type RoleStatus, type YankStatus, yankStatus } from '@antivenom/core';
import { nodeCrypto, sha256Hex } from '@antivenom/node';
import { refreshCct } from '../authority/cct-authority.ts';
import { MetadataSource } from '../authority/metadata-source.ts';
import { TufAuthority } from '../authority/tuf-authority.ts';
import type { ClientEnv } from '../client-env.ts';
import { RedactedUrl } from '../downloads/redacted-url.ts';
import { CCT_LIMITS, TUF_LIMITS } from '../limits.ts';
import { CredentialsFile } from '../trust/credentials.ts';
import { ForgetfulStore } from '../trust/forgetful-store.ts';
import { TrustStore } from '../trust/trust-store.ts';
import type { TrustedChannel } from '../trust/trusted-channels.ts';
import { chainRoles, tufRoles } from './channel-roles.ts';
import { listIndexes } from './index-listing.ts';
import { provenChain } from './proven-chain.ts';
import { readYankLists } from './yank-lists.ts';

export interface RemoteStatus {
  /** Without credentials. */
  readonly url: string;
  readonly roles: readonly RoleStatus[];
  readonly yanks: YankStatus;
  /** SHA-256, hex, of the first root and of the newest. */
  readonly rootFingerprint: { readonly first: string; readonly current: string; readonly currentVersion: number };
  /** Whether this machine trusts the channel by that first root. */
  readonly isTrusted: boolean;
}

/**
 * Reads the chain from its first root on. Every signature is verified, whatever the expiries.
 *
 * @throws VerificationError, MalformedError by what is wrong with the metadata
 * @throws DownloadError `unreachable`
 */
export async function remoteStatus(url: string, env: ClientEnv): Promise<RemoteStatus> {
  const channel = await trustedChannel(url, env);
  const authority = channel?.authorities[0];
  const credentials = new CredentialsFile(env.home, env.lockWaitMs);
  const base = RedactedUrl.parse(await credentials.complete(authority?.metadata ?? url));
  const key = channel?.url ?? base.key;
  const firstVersion = authority?.root.version ?? 1;
  // Nothing has expired at the beginning of time.
  const tufEnv = { crypto: nodeCrypto, now: 0, limits: TUF_LIMITS };
  if (authority?.kind === 'cct' && channel !== undefined) {
    const store = new TrustStore(env.home, env.lockWaitMs).authorityStore(channel, authority, true);
    const first = await store.firstRoot();
    const memory = new ForgetfulStore(first);
    const cctEnv = { crypto: nodeCrypto, now: 0, limits: CCT_LIMITS };
    const { chain } = await refreshCct(memory, new MetadataSource(env.fetcher, base), cctEnv, env.lockWaitMs);
    const rootFingerprint = await fingerprints(first, chain.root.version, memory);
    const roles = chainRoles(CONDA_CHAIN, chain, env.now);
    return { url: key, roles, yanks: yankStatus(undefined), rootFingerprint, isTrusted: true };
  }
  const source = new MetadataSource(env.fetcher, base.join('tuf'));
  const first = await source.required(`${firstVersion}.root.json`, TUF_LIMITS.maxRootLength);
  const memory = new ForgetfulStore(first);
  const tuf = await TufAuthority.refresh(memory, source, tufEnv, env.lockWaitMs);
  await tuf.loadDelegated();
  const address = RedactedUrl.parse(await credentials.complete(url));
  const places = { url: address, mirrors: [address, base], now: 0 };
  const yanks = yankStatus(await readYankLists(tuf, places, env));
  const listing = await listIndexes(tuf);
  const chains: RoleStatus[] = [];
  for (const chain of RECORD_CHAINS) {
    const proven = await provenChain(chain, listing, places, env);
    if (proven !== undefined) chains.push(...chainRoles(chain, proven, env.now));
  }
  const rootFingerprint = await fingerprints(first, tuf.trusted.root.version, memory);
  return {
    url: key,
    roles: [...tufRoles(tuf, env.now), ...chains],
    yanks,
    rootFingerprint,
    isTrusted: channel?.authorities.some(({ root }) => root.sha256 === rootFingerprint.first) === true,
  };
}

async function trustedChannel(url: string, env: ClientEnv): Promise<TrustedChannel | undefined> {
  try {
    return await new TrustStore(env.home, env.lockWaitMs).channel(url);
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

async function fingerprints(
  first: Uint8Array,
  currentVersion: number,
  memory: ForgetfulStore,
): Promise<RemoteStatus['rootFingerprint']> {
  const current = (await memory.root(currentVersion)) ?? first;
  return { first: sha256Hex(first), current: sha256Hex(current), currentVersion };
}
