/** Publishing metadata that was signed anew while every index stays as it is. */

import type { NextBins } from '../bins/next-bins.ts';
import { BINS } from '../bins/own-bins.ts';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import { readOwnChains } from '../channel/own-chains.ts';
import type { Standing } from '../channel/standing.ts';
import type { PublisherEnv, RefreshOptions, RefreshResult } from '../operations.ts';
import { lifetimesOf } from '../roles/lifetimes.ts';
import { expiryWarnings, renewedRoles, roleStatuses } from '../roles/role-status.ts';
import type { Edition } from './edition.ts';
import { replaceWhatWasPublished } from './ordinary-names.ts';
import { publishEdition } from './publish-edition.ts';

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
  options: Pick<RefreshOptions, 'keys'>,
  env: PublisherEnv,
  bins?: NextBins,
): Promise<RefreshResult> {
  const published = await publishEdition(folders, before.own, edition, {
    keys: options.keys,
    now: env.now,
    bins,
    mayReplace: (own, generations) => replaceWhatWasPublished(folders, own, generations),
  });
  const chains = await readOwnChains(published.own);
  const roles = roleStatuses(published.own, chains, env.now);
  const lifetimes = lifetimesOf({ own: published.own, chains });
  const renewed = renewedRoles(roleStatuses(before.own, before.chains, env.now), roles);
  return {
    published: edition.length > 0,
    renewed: bins === undefined ? renewed : [...new Set([...renewed, BINS])],
    files: published.files,
    folder: folders.published,
    warnings: [...published.warnings, ...expiryWarnings(roles, env.now, lifetimes)],
  };
}
