/** Publishing metadata that was signed anew while every index stays as it is. */

import type { NextBins } from '../bins/next-bins.ts';
import { BINS } from '../bins/own-bins.ts';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { type OwnChain, readOwnChains } from '../channel/own-chains.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import type { PublisherEnv, RefreshOptions, RefreshResult } from '../operations.ts';
import { expiryWarnings, renewedRoles, roleStatuses } from '../roles/role-status.ts';
import type { Edition } from './edition.ts';
import { replaceWhatWasPublished } from './ordinary-names.ts';
import { publishEdition } from './publish-edition.ts';
import { DEFAULT_KEEP_MS } from './retention.ts';

/** The metadata and chains that stand. */
export interface Standing {
  readonly own: OwnMetadata;
  readonly chains: readonly OwnChain[];
}

/**
 * Also where the edition is empty, it mends what a killed run left; `published` tells of the edition alone.
 *
 * @param bins hash bins that the edition's snapshot names
 * @throws FreshnessError `rollback` where something newer was published meanwhile
 */
export async function publishRenewal(
  folders: ChannelFolder,
  before: Standing,
  edition: Edition,
  options: Pick<RefreshOptions, 'keys' | 'keepMs'>,
  env: PublisherEnv,
  bins?: NextBins,
): Promise<RefreshResult> {
  const published = await publishEdition(folders, before.own, edition, {
    keys: options.keys,
    now: env.now,
    keepMs: options.keepMs ?? DEFAULT_KEEP_MS,
    bins,
    mayReplace: (generations) => replaceWhatWasPublished(folders, generations),
  });
  const roles = roleStatuses(published.own, await readOwnChains(published.own), env.now);
  const renewed = renewedRoles(roleStatuses(before.own, before.chains, env.now), roles);
  return {
    published: edition.length > 0,
    renewed: bins === undefined ? renewed : [...new Set([...renewed, BINS])],
    files: published.files,
    folder: folders.published,
    warnings: [...published.warnings, ...expiryWarnings(roles, env.now)],
  };
}
