import { ContentTrustError, expectInteger, member, parseTufEnvelope } from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { OpenChannel } from './open-channel.ts';

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
