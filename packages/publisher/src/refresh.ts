/** Renews online roles before they expire, for a daily job. */
import { join } from 'node:path';
import { loadKeys, readKeyFiles } from '@antivenom/signers';
import type { NextBins } from './bins/next-bins.ts';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { readOwnMetadata } from './channel/own-metadata.ts';
import { rememberRetention } from './channel/retention-settings.ts';
import type { PublisherEnv, RefreshOptions, RefreshResult } from './operations.ts';
import { type Edition, signEdition, underHashes } from './publication/edition.ts';
import { publishRenewal } from './publication/publish-renewal.ts';
import { isOnlineDue, renewOnline } from './roles/online-renewal.ts';

/**
 * Renews each online role past half its life, and mends ordinary names that a killed run left. Opens no key, and writes
 * nothing, where neither is due; never opens an offline key.
 *
 * @throws UsageError `not-initialised`, `wrong-passphrase`
 * @throws StoreError `store-corrupt`, `key-missing`, `locked`
 */
export async function refreshChannel(
  channel: string,
  options: RefreshOptions,
  env: PublisherEnv,
): Promise<RefreshResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    if (options.keep !== undefined) await rememberRetention(folders, options.keep);
    const own = await readOwnMetadata(folders.published, options.keys);
    const chains = await readOwnChains(own);
    const { edition, bins } = isOnlineDue(own, chains, await keyedOnline(options.keys), env.now)
      ? await signOnline()
      : { edition: [], bins: undefined };
    return publishRenewal(folders, { own, chains }, edition, options, env, bins);

    async function signOnline(): Promise<{ edition: Edition; bins: NextBins | undefined }> {
      const keys = await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase());
      const { changes, pkgMgrs, bins } = await renewOnline(own, chains, keys, env.now, env.progress);
      return { edition: [...underHashes(pkgMgrs), ...(await signEdition(own, changes, keys, env.now))], bins };
    }
  });
}

/** The roles that key files in `online` are of. */
async function keyedOnline(keys: string): Promise<ReadonlySet<string>> {
  return new Set((await readKeyFiles(join(keys, 'online'))).map(({ header }) => header.role));
}
