/** Publishes what a team signed: the channel's online keys list it, and sign nothing of it themselves. */
import { join } from 'node:path';
import { loadKeys, type RoleSigners } from '@antivenom/signers';
import { findChannel, requirePublished, withChannelLock } from '../channel/channel-folder.ts';
import { readOwnChains } from '../channel/own-chains.ts';
import { readOwnMetadata } from '../channel/own-metadata.ts';
import type { OnlineKeysOptions, PublisherEnv, TeamResult } from '../operations.ts';
import { signEdition } from '../publication/edition.ts';
import { publishRenewal } from '../publication/publish-renewal.ts';
import { delegatedKeys, hexOf } from '../roles/key-change.ts';
import { patternsOf, requireTeam } from './delegate.ts';
import { unsignedByTeams } from './index-without-team.ts';
import { findTeamPackages, placeTeamPackages, readTeamFile } from './team-file.ts';

/**
 * Lists the team's metadata in a new snapshot, and puts the packages that it names where TUF clients ask for them.
 *
 * @param bytes the file that `signTeam` wrote, on whatever machine; one that is published already changes no metadata
 * @throws UsageError `usage` where the channel has no such team; `not-initialised`, `wrong-passphrase`
 * @throws VerificationError, MalformedError, FreshnessError by what is wrong with it; nothing was published then
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 */
export async function publishTeam(
  channel: string,
  team: string,
  bytes: Uint8Array,
  options: OnlineKeysOptions,
  env: PublisherEnv,
): Promise<TeamResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    requireTeam(own, team);
    const delegation = delegatedKeys(own, team);
    const standing = { own, chains: await readOwnChains(own) };
    const { keys, threshold } = delegation;
    const file = readTeamFile(bytes, team, delegation, own, env.now);
    const packages = await findTeamPackages(folders, file);
    const edition = file.isPublished
      ? []
      : await signEdition(own, { roles: [file] }, await onlineKeys(options), env.now);
    const placed = await placeTeamPackages(folders, file, packages, standing.chains);
    const result = await publishRenewal(folders, standing, edition, options, env);
    const unsigned = await unsignedByTeams(await readOwnMetadata(folders.published, options.keys));
    return {
      ...result,
      team,
      paths: patternsOf(own, team),
      keys: keys.map(hexOf),
      threshold,
      files: [...placed, ...result.files],
      warnings: [...packages.warnings, ...result.warnings, ...unsigned],
    };
  });
}

async function onlineKeys({ keys, onlinePassphrase }: OnlineKeysOptions): Promise<RoleSigners> {
  return loadKeys(join(keys, 'online'), await onlinePassphrase());
}
