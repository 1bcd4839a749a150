/** The bytes of a listed file, wherever an honest copy stands: kept from an earlier time, or at a server. */
import { checkTargetBytes, type FoundTarget, targetUrlPath, VerificationError, type Verified } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import type { RedactedUrl } from '../downloads/redacted-url.ts';
import { INDEX_JSON } from '../limits.ts';

export interface TargetPlaces {
  readonly url: RedactedUrl;
  readonly mirrors: readonly RedactedUrl[];
}

export interface FetchedTarget {
  readonly bytes: Uint8Array;
  /** False where only the ordinary name had it. */
  readonly isHashPrefixed: boolean;
}

/**
 * Looks into the cache, asks for the hash-prefixed name at each mirror, then for the ordinary name at the channel. Only bytes
 * that are the signed ones are returned, and kept.
 *
 * @returns undefined where none of them has it: a mirror that lacks it, or is of another publication
 * @throws VerificationError `hash-mismatch`, `length-mismatch` where a hash-prefixed name holds other bytes
 * @throws DownloadError `unreachable`
 */
export async function fetchTarget(
  target: Verified<FoundTarget>,
  { url, mirrors }: TargetPlaces,
  env: Pick<ClientEnv, 'fetcher' | 'cache'>,
): Promise<FetchedTarget | undefined> {
  const sha256 = target.hashes.get('sha256');
  const kept = sha256 === undefined ? undefined : await env.cache?.read(sha256);
  if (kept !== undefined) {
    checkTargetBytes(target, kept, nodeCrypto);
    return { bytes: kept, isHashPrefixed: true };
  }
  const fetched = await download(target, { url, mirrors }, env);
  // What this machine's disk holds need not be kept there twice.
  if (fetched !== undefined && sha256 !== undefined && !url.isFile) {
    env.cache?.keep({ channel: url.key, path: target.path, sha256, bytes: fetched.bytes });
  }
  return fetched;
}

async function download(
  target: Verified<FoundTarget>,
  { url, mirrors }: TargetPlaces,
  env: Pick<ClientEnv, 'fetcher'>,
): Promise<FetchedTarget | undefined> {
  const prefixed = targetUrlPath(target, true);
  // No index is longer, whatever a thief of the index key states.
  const maxLength = Math.min(target.length, INDEX_JSON.maxBytes);
  for (const mirror of mirrors) {
    const bytes = await env.fetcher.bytes(mirror.join(`tuf/targets/${prefixed}`), {
      maxLength,
      absent: [403],
    });
    if (bytes === undefined) continue;
    checkTargetBytes(target, bytes, nodeCrypto);
    return { bytes, isHashPrefixed: true };
  }
  try {
    const bytes = await env.fetcher.bytes(url.join(targetUrlPath(target, false)), { maxLength });
    if (bytes === undefined) return undefined;
    checkTargetBytes(target, bytes, nodeCrypto);
    return { bytes, isHashPrefixed: false };
  } catch (error) {
    // What else stands under an ordinary name is looked at by `ordinary-names.ts`.
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}
