/** `trust add`: an authority is trusted by its first root, which the person named by file or fingerprint. */
import {
  channelUrlKey,
  MalformedError,
  PolicyError,
  readJson,
  TrustedCctChain,
  TrustedMetadata,
  UsageError,
} from '@antivenom/core';
import { nodeCrypto, sha256Hex } from '@antivenom/node';
import { MetadataSource } from '../authority/metadata-source.ts';
import type { Fetcher } from '../downloads/fetcher.ts';
import { RedactedUrl } from '../downloads/redacted-url.ts';
import { CCT_LIMITS, METADATA_JSON, TUF_LIMITS } from '../limits.ts';
import { CredentialsFile } from './credentials.ts';
import { TrustStore } from './trust-store.ts';
import type { AuthorityKind, TrustedChannel } from './trusted-channels.ts';

/** A root that a person has at hand. */
export interface NamedRoot {
  /** Its name as typed. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface NewTrust {
  /** The channel's address, credentials in it perhaps. */
  readonly url: string;
  /** Where the trust metadata stands, if not beside the packages. */
  readonly metadata: string | undefined;
  /** The root itself, or the SHA-256 (hex) of `<version>.root.json`. */
  readonly root: NamedRoot | { readonly version: number; readonly sha256: string };
  readonly threshold: number | undefined;
}

export interface TrustEnv {
  readonly home: string;
  readonly fetcher: Fetcher;
  readonly lockWaitMs: number;
}

export interface AddedTrust {
  readonly channel: TrustedChannel;
  readonly kind: AuthorityKind;
  readonly root: { readonly version: number; readonly sha256: string };
}

/**
 * Checks the root's form, its own signatures and its fingerprint, not its expiry, and trusts it from now on.
 *
 * @throws PolicyError `not-trusted` where the root that stands there has another fingerprint
 * @throws VerificationError, MalformedError for a root that is none
 * @throws DownloadError `unreachable`
 * @throws UsageError `usage`
 */
export async function addTrust(trust: NewTrust, env: TrustEnv): Promise<AddedTrust> {
  const url = channelUrlKey(trust.url);
  const metadata = trust.metadata === undefined ? undefined : channelUrlKey(trust.metadata);
  if (url === undefined || (trust.metadata !== undefined && metadata === undefined)) {
    throw new UsageError('usage', "a channel's address is an http, https or file URL without query");
  }
  const credentials = new CredentialsFile(env.home, env.lockWaitMs);
  const bytes = 'bytes' in trust.root ? trust.root.bytes : await fetchRoot(trust, trust.root, credentials, env);
  const { kind, version } = 'bytes' in trust.root ? readNamedRoot(trust.root) : readRoot(bytes);
  const root = { version, sha256: sha256Hex(bytes) };
  const store = new TrustStore(env.home, env.lockWaitMs);
  const channel = await store.add(url, { kind, metadata, root }, bytes, trust.threshold);
  await credentials.keep(trust.url);
  if (trust.metadata !== undefined) await credentials.keep(trust.metadata);
  return { channel, kind, root };
}

async function fetchRoot(
  { url, metadata = url }: NewTrust,
  expected: { readonly version: number; readonly sha256: string },
  credentials: CredentialsFile,
  { fetcher }: TrustEnv,
): Promise<Uint8Array> {
  const base = RedactedUrl.parse(await credentials.complete(metadata)).join('tuf');
  const name = `${expected.version}.root.json`;
  const bytes = await new MetadataSource(fetcher, base).required(name, TUF_LIMITS.maxRootLength);
  const found = sha256Hex(bytes);
  if (found === expected.sha256) return bytes;
  throw new PolicyError('not-trusted', `${base.join(name)} has the fingerprint ${found}, not ${expected.sha256}`, {
    hint: 'Ask the owner of the channel for the fingerprint, by another way than this server. Nothing was trusted.',
    details: { expected: expected.sha256, found },
  });
}

function readNamedRoot({ file, bytes }: NamedRoot): { kind: AuthorityKind; version: number } {
  try {
    return readRoot(bytes);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new MalformedError(`${file} is no root: ${cause.message}`, {
      hint: 'The root is tuf/1.root.json of the channel; where it has record signatures alone, 1.root.json of the folder that --metadata names.',
      details: { file, ...cause.details },
      cause,
    });
  }
}

/** TUF lists signatures, conda-content-trust maps keys to them. */
function readRoot(bytes: Uint8Array): { kind: AuthorityKind; version: number } {
  // Only its own signatures and form are of interest: at the beginning of time nothing has expired.
  if (mapsSignatures(bytes)) {
    const { root } = TrustedCctChain.fromRoot(bytes, { crypto: nodeCrypto, now: 0, limits: CCT_LIMITS });
    return { kind: 'cct', version: root.version };
  }
  const { root } = TrustedMetadata.fromRoot(bytes, { crypto: nodeCrypto, now: 0, limits: TUF_LIMITS });
  return { kind: 'tuf', version: root.version };
}

function mapsSignatures(bytes: Uint8Array): boolean {
  try {
    const document = readJson(bytes, METADATA_JSON);
    return document instanceof Map && document.get('signatures') instanceof Map;
  } catch (error) {
    // What is no JSON is no root of either kind: the reader of roots says so, and names it.
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
