/** Takes a file back: no consumer accepts it any more, whatever an index lists. */
import { join } from 'node:path';
import {
  checkRecordHashes,
  formatTimestamp,
  parseTimestamp,
  REPODATA,
  scanRepodata,
  shellWord,
  UsageError,
  YANK_ROLE,
  YANKED,
  type Yank,
  YankedFiles,
} from '@antivenom/core';
import { loadKeys } from '@antivenom/signers';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { indexTargets, teamOfSubdir } from './channel/index-targets.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import { type OwnYanks, readOwnYanks } from './channel/own-yanks.ts';
import { factsOfTarget, readTarget } from './channel/published-targets.ts';
import { INDEX_LIMITS } from './indexes/source-index.ts';
import type { PublisherEnv, Warning, YankOptions, YankResult } from './operations.ts';
import { publishYanks } from './publication/publish-yanks.ts';
import { signDelegated } from './roles/delegated-signing.ts';
import { yankListFile, yankMembers } from './roles/yank-lists.ts';
import { type PublishedFile, parsePublishedFile } from './yanked-file-argument.ts';

/**
 * Lists the file as yanked, by its content, and takes its record out of the published indexes. What the indexer wrote since
 * the last `sign` waits for the next.
 *
 * @param file `<subdir>/<name>`
 * @throws UsageError `not-listed` for a file that the published index does not list; `usage` for one that is yanked already,
 *   without a reason, and for a channel that has no list yet; `not-initialised`, `wrong-passphrase`
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 */
export async function yankFile(
  channel: string,
  file: string,
  options: YankOptions,
  env: PublisherEnv,
): Promise<YankResult> {
  const wanted = parsePublishedFile(file);
  const reason = requireReason(options.reason);
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const chains = await readOwnChains(own);
    const lists = await requireYankLists(own, channel);
    const { sha256 } = await requireListed(own, wanted, lists);
    const time = formatTimestamp(timeAfter(lists, sha256, env.now));
    const yank: Yank = { ...wanted, sha256, reason, time };
    const keys = await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase());
    const list = yankListFile(YANKED, [...lists.online, yank]);
    const role = await signDelegated(own, YANK_ROLE, yankMembers(list), keys, env.now);
    const yanked = new YankedFiles([...lists.files.yanks, yank]);
    const change = { yanked, lists: [list], roles: [role] };
    const result = await publishYanks(folders, { own, chains }, change, keys, options, env);
    const warnings = [...result.warnings, ...listedByTeam(own, wanted)];
    return { ...result, warnings, yanked: [yank] };
  });
}

/** @throws UsageError `usage` */
export async function requireYankLists(own: OwnMetadata, channel: string): Promise<OwnYanks> {
  const lists = await readOwnYanks(own);
  if (lists !== undefined) return lists;
  throw new UsageError(
    'usage',
    `${own.folder} has no list of yanked files yet: it was made before there were such lists`,
    {
      hint: `It gets them when its offline roles are signed next: antivenom renew ${shellWord(channel)}`,
      details: { folder: own.folder },
    },
  );
}

async function requireListed(
  own: OwnMetadata,
  { subdir, file }: PublishedFile,
  { files }: OwnYanks,
): Promise<{ readonly sha256: string }> {
  const where = `${subdir}/${file}`;
  const target = indexTargets(own).get(`${subdir}/${REPODATA}`);
  const index = target && scanRepodata(await readTarget(own.folder, factsOfTarget(target)), INDEX_LIMITS);
  const slice = index?.find(file);
  const digest = index && slice && checkRecordHashes(where, index.record(slice));
  const known = digest === undefined ? files.ofName(where) : files.ofContent(digest.sha256);
  if (known !== undefined) {
    throw new UsageError('usage', `${where} is yanked already, since ${known.time.slice(0, 10)}: ${known.reason}`, {
      hint: 'Nothing is left to do; `antivenom status` lists all that is yanked.',
      details: { file: where, sha256: known.sha256 },
    });
  }
  if (digest !== undefined) return digest;
  throw new UsageError('not-listed', `${where} is not in the published index of ${own.folder}`, {
    hint: 'Name the file as its index does, linux-64/foo-1.0-0.conda; what was never published need not be yanked.',
    details: { file: where },
  });
}

/** The online keys of the channel sign no index of a team's subdir. */
function listedByTeam(own: OwnMetadata, { subdir, file }: PublishedFile): Warning[] {
  const team = teamOfSubdir(own, subdir);
  if (team === undefined) return [];
  const message = `${subdir} is ${team}'s, whose index lists ${file} still: have the team sign one without it; until then consumers refuse what it lists`;
  return [{ kind: 'stale', about: `${subdir}/${REPODATA}`, message }];
}

/** Later than whatever was cancelled of that content: a later yank counts again. */
function timeAfter({ cancelled }: OwnYanks, sha256: string, now: number): number {
  const before = cancelled.filter((yank) => yank.sha256 === sha256).map(({ time }) => parseTimestamp(time, YANKED));
  return Math.max(now, ...before.map((time) => time + 1000));
}

function requireReason(text: string): string {
  const reason = text.trim();
  const control = [...reason].some((character) => character < ' ' || character === '\u007f');
  if (reason !== '' && !control && reason.isWellFormed()) return reason;
  throw new UsageError('usage', 'a yank needs a reason, on one line', {
    hint: 'It is what everybody reads who asks for the file: --reason "steals credentials (ADVISORY-2026-1)"',
  });
}
