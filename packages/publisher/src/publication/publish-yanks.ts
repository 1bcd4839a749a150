/** Publishing lists of yanked files together with the indexes that follow from them. */
import type { YankedFiles } from '@antivenom/core';
import type { RoleSigners } from '@antivenom/signers';
import { binsOfIndex } from '../bins/follow-index.ts';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { requireFoldersInside } from '../channel/inside-channel.ts';
import { targetsMember } from '../channel/published-targets.ts';
import type { Standing } from '../channel/standing.ts';
import { readWithdrawn } from '../channel/withdrawn-records.ts';
import { settleIndexes } from '../indexes/settled-indexes.ts';
import { forgetRestored, keepWithdrawn } from '../indexes/yanked-records.ts';
import type { KeysOption, PublisherEnv, RefreshResult } from '../operations.ts';
import { recordSignersOf } from '../roles/chain-signing.ts';
import { signDelegated } from '../roles/delegated-signing.ts';
import { type MetadataFile, type SignedRole, signEdition, underHashes } from './edition.ts';
import { publishRenewal } from './publish-renewal.ts';
import { Staging } from './staging.ts';

export interface YankChange {
  /** Those in force from now on. */
  readonly yanked: YankedFiles;
  /** Lists that change. */
  readonly lists: readonly MetadataFile[];
  /** The roles that list them. */
  readonly roles: readonly SignedRole[];
}

/**
 * One publication: whoever reads the new list reads the new indexes. Records are kept before it, and forgotten after it.
 *
 * @param keys those of the online roles among them
 */
export async function publishYanks(
  folders: ChannelFolder,
  standing: Standing,
  { yanked, lists, roles }: YankChange,
  keys: RoleSigners,
  options: KeysOption,
  env: PublisherEnv,
): Promise<RefreshResult> {
  const { own, chains } = standing;
  await requireFoldersInside(folders.published);
  const yanks = { yanked, kept: await readWithdrawn(folders.source) };
  const signers = chains.map((chain) => ({ chain: chain.chain, signers: recordSignersOf(chain, keys) }));
  const staging = await Staging.open(folders.published);
  try {
    const { now, progress } = env;
    const settled = await settleIndexes({ own, yanks, signers, now, progress }, staging);
    const index = settled.isChanged
      ? [await signDelegated(own, 'index', { targets: targetsMember(settled.files.values()) }, keys, now)]
      : [];
    await keepWithdrawn(folders.source, yanks, settled.withdrawn);
    const placed = await staging.place();
    const bins = settled.isChanged ? await binsOfIndex(own, settled.files, keys, env) : undefined;
    const changes = { roles: [...roles, ...index], ...(bins === undefined ? {} : { bins: bins.next.versions }) };
    const edition = [...underHashes(lists), ...(await signEdition(own, changes, keys, now))];
    const published = await publishRenewal(folders, standing, edition, options, env, bins?.next);
    await forgetRestored(folders.source, yanked);
    const warnings = [...(bins?.warnings ?? []), ...published.warnings];
    return { ...published, warnings, files: [...placed, ...published.files] };
  } finally {
    await staging.clear();
  }
}
