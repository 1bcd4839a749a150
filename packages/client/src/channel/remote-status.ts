/** How a channel stands at its address: its roles, expired or not. It is a look, and no decision to trust. */
import {
  cctRoleStatuses,
  type FoundTarget,
  findTarget,
  PolicyError,
  type RoleStatus,
  roleFileName,
  type Targets,
  TrustedCctChain,
  TrustedMetadata,
  tufRoleStatuses,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto, sha256Hex } from '@antivenom/node';
import { MetadataSource } from '../authority/metadata-source.ts';
import type { ClientEnv } from '../client-env.ts';
import { RedactedUrl } from '../downloads/redacted-url.ts';
import { CCT_LIMITS, TUF_LIMITS } from '../limits.ts';
import { CredentialsFile } from '../trust/credentials.ts';
import { TrustStore } from '../trust/trust-store.ts';
import type { TrustedChannel } from '../trust/trusted-channels.ts';
import type { TargetPlaces } from './fetch-target.ts';
import type { IndexListing } from './index-listing.ts';
import { provenCctChain } from './proven-cct-chain.ts';

export interface RemoteStatus {
  /** Without credentials. */
  readonly url: string;
  readonly roles: readonly RoleStatus[];
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
  if (authority?.kind === 'cct' && channel !== undefined) {
    const store = new TrustStore(env.home, env.lockWaitMs).authorityStore(channel, authority, true);
    return {
      url: key,
      ...(await cctStatus(await store.firstRoot(), new MetadataSource(env.fetcher, base), env.now)),
      isTrusted: true,
    };
  }
  const source = new MetadataSource(env.fetcher, base.join('tuf'));
  const first = await source.required(`${firstVersion}.root.json`, TUF_LIMITS.maxRootLength);
  const address = RedactedUrl.parse(await credentials.complete(url));
  const status = await tufStatus(first, source, { url: address, mirrors: [address, base] }, env);
  const isTrusted = channel?.authorities.some(({ root }) => root.sha256 === status.rootFingerprint.first) === true;
  return { url: key, ...status, isTrusted };
}

async function trustedChannel(url: string, env: ClientEnv): Promise<TrustedChannel | undefined> {
  try {
    return await new TrustStore(env.home, env.lockWaitMs).channel(url);
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

type Status = Omit<RemoteStatus, 'url' | 'isTrusted'>;

async function tufStatus(
  first: Uint8Array,
  source: MetadataSource,
  places: TargetPlaces,
  env: ClientEnv,
): Promise<Status> {
  const { now } = env;
  // At the beginning of time nothing has expired.
  const trusted = TrustedMetadata.fromRoot(first, { crypto: nodeCrypto, now: 0, limits: TUF_LIMITS });
  const newest = await walkRoots(trusted, first, source);
  trusted.finishRoots();
  trusted.updateTimestamp(await source.required('timestamp.json', TUF_LIMITS.maxTimestampLength));
  const versioned = (role: string, version: number) =>
    roleFileName(role, trusted.consistentSnapshot ? version : undefined);
  const { timestamp } = trusted;
  if (timestamp === undefined) throw new Error('the timestamp was taken and is not there');
  const snapshotName = versioned('snapshot', timestamp.snapshotMeta.version);
  trusted.updateSnapshot(await source.required(snapshotName, TUF_LIMITS.maxSnapshotLength), { trusted: false });
  const fetchRole = (role: string) =>
    source.required(versioned(role, trusted.metaOf(role).version), TUF_LIMITS.maxTargetsLength);
  trusted.updateTargets(await fetchRole('targets'));
  const { root, targets, snapshot } = trusted;
  if (targets === undefined || snapshot === undefined) throw new Error('metadata was taken and is not there');
  const delegated: Verified<Targets>[] = [];
  for (const file of snapshot.meta.keys()) {
    const role = file.replace(/\.json$/, '');
    if (targets.delegations?.role(role) === undefined) continue;
    trusted.updateDelegatedTargets(await fetchRole(role), role, targets);
    const loaded = trusted.delegatedTargets(role, targets);
    if (loaded !== undefined) delegated.push(loaded);
  }
  const cct = await provenCctChain(cctFiles(trusted, targets), { ...places, now: 0 }, env);
  return {
    roles: [
      ...tufRoleStatuses({ root, targets, snapshot, timestamp, delegated }, now),
      ...(cct?.keyMgr === undefined ? [] : cctRoleStatuses({ root: cct.root, keyMgr: cct.keyMgr }, now)),
    ],
    rootFingerprint: { first: sha256Hex(first), current: sha256Hex(newest), currentVersion: root.version },
  };
}

/** The files of the conda-content-trust chain, which the offline role itself lists. */
function cctFiles(trusted: TrustedMetadata, targets: Verified<Targets>): IndexListing {
  const listing = new Map<string, Verified<FoundTarget>>();
  for (const path of targets.targets.keys()) {
    const { done, value } = findTarget(trusted, path).next();
    if (path.startsWith('cct/') && done && value !== undefined) listing.set(path, value);
  }
  return listing;
}

async function cctStatus(first: Uint8Array, source: MetadataSource, now: number): Promise<Status> {
  const chain = TrustedCctChain.fromRoot(first, { crypto: nodeCrypto, now: 0, limits: CCT_LIMITS });
  const newest = await walkRoots(chain, first, source);
  chain.finishRoots();
  chain.setKeyMgr(await source.required('key_mgr.json', CCT_LIMITS.json.maxBytes));
  const { root, keyMgr } = chain;
  if (keyMgr === undefined) throw new Error('key_mgr was taken and is not there');
  return {
    roles: cctRoleStatuses({ root, keyMgr }, now),
    rootFingerprint: { first: sha256Hex(first), current: sha256Hex(newest), currentVersion: root.version },
  };
}

/** @returns the newest root; a server that goes on for ever is not followed for ever */
async function walkRoots(
  chain: TrustedMetadata | TrustedCctChain,
  first: Uint8Array,
  source: MetadataSource,
): Promise<Uint8Array> {
  let newest = first;
  for (let walked = 0; walked < TUF_LIMITS.maxRootRotations; walked++) {
    const next = await source.optional(`${chain.root.version + 1}.root.json`, TUF_LIMITS.maxRootLength);
    if (next === undefined) break;
    chain.updateRoot(next);
    newest = next;
  }
  return newest;
}
