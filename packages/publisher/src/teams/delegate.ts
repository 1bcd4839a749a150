/** The owner of a channel gives path patterns of it to a team, or takes them back: the offline role `targets` says so. */
import { bytesToHex, type DelegationFields, type PublicKey, REPODATA, teamsOf, UsageError } from '@antivenom/core';
import { findChannel, requirePublished, withChannelLock } from '../channel/channel-folder.ts';
import { readOwnChains } from '../channel/own-chains.ts';
import { type OwnMetadata, readOwnMetadata } from '../channel/own-metadata.ts';
import type { Standing } from '../channel/standing.ts';
import type {
  AllKeysOptions,
  DelegateOptions,
  PublisherEnv,
  RefreshResult,
  TeamResult,
  Warning,
} from '../operations.ts';
import { signEdition, underHashes } from '../publication/edition.ts';
import { publishRenewal } from '../publication/publish-renewal.ts';
import { loadAllKeys } from '../renew.ts';
import { delegatedKeys, delegationsOf, hexOf } from '../roles/key-change.ts';
import { signOffline } from '../roles/offline-signing.ts';
import { withYankKeys } from '../roles/yank-lists.ts';
import { unsignedByTeams } from './index-without-team.ts';
import { findTeamPackages, placeTeamPackages, readTeamFile, type TeamFile } from './team-file.ts';
import { requireTeamName } from './team-name.ts';
import { firstOverlap, indexPatterns, packagePatterns } from './team-patterns.ts';

/**
 * Delegates to a team that is new, or anew to one that there is. Its files are refused by consumers as long as it has not
 * signed them with the keys that are named now.
 *
 * @throws UsageError `usage` for a name, pattern, key or threshold that cannot be; `not-initialised`, `wrong-passphrase`
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 * @throws VerificationError, FreshnessError by what is wrong with what the team signed
 */
export async function delegateTeam(
  channel: string,
  team: string,
  options: DelegateOptions,
  env: PublisherEnv,
): Promise<TeamResult> {
  requireTeamName(team);
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const standing = { own, chains: await readOwnChains(own) };
    const delegation = delegationTo(team, options, standing);
    const { keys: teamKeys, threshold, paths } = delegation;
    const file = options.signed && readTeamFile(options.signed, team, delegation, own, env.now);
    requireIndexes(team, options.subdirs ?? [], file);
    const packages = file && (await findTeamPackages(folders, file));
    const keys = await withYankKeys(own, await loadAllKeys(options), options, env);
    const offline = await signOffline(own, { delegations: new Map([[team, delegation]]) }, keys, env.now);
    const roles = file === undefined || file.isPublished ? offline.roles : [...offline.roles, file];
    const edition = [...underHashes(offline.lists), ...(await signEdition(own, { roles }, keys, env.now))];
    const placed = file && packages ? await placeTeamPackages(folders, file, packages, standing.chains) : [];
    const result = await publishRenewal(folders, standing, edition, options, env);
    return {
      ...result,
      files: [...placed, ...result.files],
      team,
      paths,
      keys: teamKeys.map(hexOf),
      threshold,
      warnings: [
        ...overlaps(own, delegation),
        ...(packages?.warnings ?? []),
        ...result.warnings,
        ...(await unsignedByTeams(await readOwnMetadata(folders.published, options.keys))),
      ],
    };
  });
}

/**
 * Takes back what was delegated to a team: the index alone speaks of its files from now on.
 *
 * @throws UsageError `usage` where there is no such team; and as {@link delegateTeam}
 */
export async function removeTeam(
  channel: string,
  team: string,
  options: AllKeysOptions,
  env: PublisherEnv,
): Promise<RefreshResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const standing = { own, chains: await readOwnChains(own) };
    requireTeam(own, team);
    const keys = await withYankKeys(own, await loadAllKeys(options), options, env);
    const { roles, lists } = await signOffline(own, { delegations: new Map([[team, undefined]]) }, keys, env.now);
    const edition = [...underHashes(lists), ...(await signEdition(own, { roles }, keys, env.now))];
    return publishRenewal(folders, standing, edition, options, env);
  });
}

/** @throws UsageError `usage` */
export function requireTeam(own: OwnMetadata, team: string): void {
  const teams = teamsOf(own.targets).map(({ name }) => name);
  if (teams.includes(team)) return;
  throw new UsageError('usage', `the channel has no team ${team}`, {
    hint: teams.length === 0 ? 'It has none yet: antivenom delegate' : `It has ${teams.join(', ')}.`,
    details: { team },
  });
}

/** The path patterns that are delegated to a role. */
export function patternsOf({ targets: { delegations } }: OwnMetadata, role: string): string[] {
  const found = [...(delegations?.byPattern() ?? [])].find((delegated) => delegated.role.name === role);
  return (found?.patterns ?? []).map(({ text }) => text);
}

function delegationTo(team: string, options: DelegateOptions, standing: Standing): DelegationFields {
  const { own } = standing;
  const before = { ...delegatedKeys(own, team), paths: patternsOf(own, team) };
  const { paths: typed, subdirs } = options;
  const paths =
    typed === undefined && subdirs === undefined
      ? before.paths
      : [...packagePatterns(typed ?? []), ...(subdirs ?? []).flatMap(indexPatterns)];
  const keys = options.teamKeys === undefined ? before.keys : distinct(options.teamKeys);
  if (paths.length === 0) throw lacks(team, 'which files are its own', "--paths '*/foo-[0-9]*'");
  if (keys.length === 0) throw lacks(team, 'which keys it signs with', '--key FILE, which the team hands over');
  requireForeign(team, keys, standing);
  const threshold = options.threshold ?? Math.min(before.threshold, keys.length);
  if (threshold > keys.length) {
    throw new UsageError('usage', `${team} has ${keys.length} keys, and ${threshold} must sign`, {
      hint: 'Name more keys, or a lower threshold.',
    });
  }
  return { name: team, keys, threshold, paths, terminating: true };
}

/** Without its indexes nobody could tell what of a subdir is hidden, and consumers refuse the whole channel. */
function requireIndexes(team: string, subdirs: readonly string[], file: TeamFile | undefined): void {
  const lacking = subdirs.find((subdir) => file?.signed.targets.has(`${subdir}/${REPODATA}`) !== true);
  if (lacking === undefined) return;
  throw new UsageError('usage', `${team} has signed no ${REPODATA} of ${lacking}, which nobody else could any more`, {
    hint: `Have it sign the index first (antivenom team sign ${team} FOLDER --subdir ${lacking}), and name what it signed: --signed FILE`,
    details: { team, subdir: lacking },
  });
}

function distinct(keys: readonly PublicKey[]): PublicKey[] {
  return [...new Map(keys.map((key) => [key.material, key])).values()];
}

function lacks(team: string, what: string, how: string): UsageError {
  return new UsageError('usage', `nothing says of ${team} ${what}`, { hint: `Name it: ${how}` });
}

/** A key of the channel's would let a thief of it speak for the team. */
function requireForeign(team: string, keys: readonly PublicKey[], standing: Standing): void {
  for (const { role, keys: named } of delegationsOf(standing)) {
    const shared =
      role === team ? undefined : named.keys.find((key) => keys.some(({ material }) => material === key.material));
    if (shared === undefined) continue;
    throw new UsageError(
      'usage',
      `the key ${bytesToHex(shared.bytes).slice(0, 8)}… signs ${role}, and cannot be ${team}'s too`,
      {
        hint: 'Have the team make keys of its own: antivenom team keys',
        details: { team, role },
      },
    );
  }
}

/** Of a file that two teams could have, the first of them alone is asked. */
function overlaps(own: OwnMetadata, { name, paths }: DelegationFields): Warning[] {
  const teams = teamsOf(own.targets).map((team) => team.name);
  return teams.flatMap((other, at): Warning[] => {
    const shared = other === name ? undefined : firstOverlap(paths, patternsOf(own, other));
    if (shared === undefined) return [];
    const mine = teams.indexOf(name);
    const first = mine >= 0 && mine < at ? name : other;
    const message = `${shared.one} of ${name} and ${shared.other} of ${other} name some of the same files, and those are ${first}'s`;
    return [{ kind: 'overlap', about: name, message }];
  });
}
