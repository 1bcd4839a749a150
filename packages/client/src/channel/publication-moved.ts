/** A publisher may be between two steps of a publication: before a reader refuses, it looks whether there is a newer one. */
import { ContentTrustError, expectInteger, member, parseTufEnvelope } from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { ClientEnv } from '../client-env.ts';
import { type OpenChannel, openChannel } from './open-channel.ts';

/** So often a reader starts. */
export const MAX_ATTEMPTS = 3;

/**
 * Opens a channel and reads it; once more where that ends in doubt and the channel was published anew in the meantime.
 *
 * @param isGood whether what was read needs no second look; what is thrown always does
 * @throws as `openChannel`, and what `read` throws
 */
export async function readNewest<T>(
  url: string,
  env: ClientEnv,
  read: (channel: OpenChannel) => Promise<T>,
  isGood: (outcome: T) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const channel = await openChannel(url, env);
    const isLast = async () => attempt === MAX_ATTEMPTS || !(await hasMoved(channel));
    try {
      const outcome = await read(channel);
      if (isGood(outcome) || (await isLast())) return outcome;
    } catch (error) {
      if (!(error instanceof ContentTrustError) || (await isLast())) throw error;
    }
  }
}

/**
 * Whether the channel was published anew since it was opened: another timestamp stands there now. It is not verified here;
 * whoever starts over verifies it.
 */
export async function hasMoved(channel: OpenChannel): Promise<boolean> {
  if (channel.kind !== 'tuf') return false;
  for (const authority of channel.authorities) if (await timestampMoved(authority)) return true;
  return false;
}

async function timestampMoved({ source, trusted }: TufAuthority): Promise<boolean> {
  const { json, maxTimestampLength } = trusted.env.limits;
  const name = 'timestamp.json';
  try {
    const bytes = await source.required(name, maxTimestampLength);
    const { signed } = parseTufEnvelope(bytes, json, name);
    return expectInteger(member(signed, 'version', name), name) !== trusted.timestamp?.version;
  } catch (error) {
    // Nothing to start over with.
    if (error instanceof ContentTrustError) return false;
    throw error;
  }
}
