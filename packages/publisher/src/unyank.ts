/** Gives a file back that was yanked. */
import {
  distinctYanks,
  UNYANKED,
  UsageError,
  YANK_ROLE,
  YANKED,
  YANKED_BASE,
  YankedFiles,
  yanksInForce,
} from '@antivenom/core';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { readOwnMetadata } from './channel/own-metadata.ts';
import type { PublisherEnv, UnyankOptions, YankResult } from './operations.ts';
import { publishYanks } from './publication/publish-yanks.ts';
import { loadAllKeys, renewTargets } from './renew.ts';
import { signDelegated } from './roles/delegated-signing.ts';
import { yankListFile, yankMembers } from './roles/yank-lists.ts';
import { requireYankLists } from './yank.ts';
import { parsePublishedFile } from './yanked-file-argument.ts';

/**
 * Names the entries that count no more in the list of the offline role, and brings the record back into the indexes. As
 * every offline signing, it moves what else is yanked to where no online key reaches it.
 *
 * @param file `<subdir>/<name>`, as it was yanked; every entry of the same content goes with it
 * @throws UsageError `usage` for a file that is not yanked; `not-initialised`, `wrong-passphrase`
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 */
export async function unyankFile(
  channel: string,
  file: string,
  options: UnyankOptions,
  env: PublisherEnv,
): Promise<YankResult> {
  const { subdir, file: name } = parsePublishedFile(file);
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const chains = await readOwnChains(own);
    const known = await requireYankLists(own, channel);
    const yanks = yanksInForce([...known.files.yanks, ...(options.alsoListed ?? [])], known.cancelled);
    const named = yanks.filter((yank) => yank.subdir === subdir && yank.file === name);
    const contents = new Set(named.map(({ sha256 }) => sha256));
    if (named.length === 0) {
      throw new UsageError('usage', `${file} is not yanked`, {
        hint: '`antivenom status` lists all that is, by the names that they had.',
        details: { file },
      });
    }
    const gone = yanks.filter(({ sha256 }) => contents.has(sha256));
    const keys = await loadAllKeys(options);
    const base = yankListFile(YANKED_BASE, distinctYanks([...known.base, ...known.online]));
    const cancelled = yankListFile(UNYANKED, [...known.cancelled, ...gone]);
    const online = yankListFile(YANKED, []);
    const offline = { offline: [base, cancelled], delegations: new Map() };
    const roles = [
      await renewTargets(own, [], keys, env.now, offline),
      await signDelegated(own, YANK_ROLE, yankMembers(online), keys, env.now),
    ];
    const yanked = new YankedFiles(yanks.filter((yank) => !gone.includes(yank)));
    const change = { yanked, lists: [base, cancelled, online], roles };
    const result = await publishYanks(folders, { own, chains }, change, keys, options, env);
    return { ...result, yanked: gone };
  });
}
