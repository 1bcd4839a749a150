/** One shard of a subdir's index, wherever an honest copy stands. */
import { DownloadError } from '@antivenom/core';
import type { ClientEnv } from '../client-env.ts';
import { MAX_SHARD_LENGTH } from '../limits.ts';
import type { ProvenChannel } from './open-channel.ts';

/**
 * A shard by its file name. It proves itself by that name wherever it comes from.
 *
 * @param base as a shard index states it that is proved, or that leads nowhere else: no other address is followed
 * @throws DownloadError `not-held`, `unreachable`
 */
export async function fetchShard(
  subdir: string,
  name: string,
  base: string,
  channel: Pick<ProvenChannel, 'url'>,
  env: Pick<ClientEnv, 'fetcher'>,
): Promise<Uint8Array> {
  const url = channel.url.join(subdir).resolve(base).join(name);
  const bytes = await env.fetcher.bytes(url, { maxLength: MAX_SHARD_LENGTH });
  if (bytes !== undefined) return bytes;
  throw notHeld(`${subdir}/${name}: the mirror does not hold this shard`, `${subdir}/${name}`);
}

/** For what a mirror does not have, and whoever reads it cannot do without. */
export function notHeld(message: string, file: string): DownloadError {
  return new DownloadError('not-held', message, {
    hint: 'Ask another mirror, or the channel itself.',
    details: { file },
  });
}
