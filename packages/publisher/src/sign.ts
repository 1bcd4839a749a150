/** Signs what changed in a channel, and publishes it. */
import { join, resolve } from 'node:path';
import { isChainFile, MAMBA_CHAIN, UsageError } from '@antivenom/core';
import { loadKeys, type RoleSigners } from '@antivenom/signers';
import { firstExpiry } from './bins/due-bins.ts';
import { binsOfIndex } from './bins/follow-index.ts';
import type { NextBins } from './bins/next-bins.ts';
import {
  type ChannelFolder,
  findChannel,
  rememberPublished,
  requirePublished,
  withChannelLock,
} from './channel/channel-folder.ts';
import { readGenerations, sameFiles } from './channel/generations.ts';
import { requireFoldersInside } from './channel/inside-channel.ts';
import { shardsBesideMamba, strayChainFiles } from './channel/mamba-hindrances.ts';
import { type OwnChain, readOwnChains } from './channel/own-chains.ts';
import { isInitialised, type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import { factsOf, factsOfTarget, indexForms, targetsMember } from './channel/published-targets.ts';
import { rememberRetention } from './channel/retention-settings.ts';
import { type PreparedIndex, prepareIndex } from './indexes/prepare-index.ts';
import type { RecordSigners } from './indexes/record-signing.ts';
import { forgetRestored, keepWithdrawn, readYankState, type YankState } from './indexes/yanked-records.ts';
import type { PublisherEnv, SignOptions, SignResult, Warning } from './operations.ts';
import { carryFiles } from './publication/carry-files.ts';
import { dropUnlistedPackages } from './publication/drop-packages.ts';
import { type Edition, signEdition, underHashes } from './publication/edition.ts';
import { dropUnlistedForms, replaceWhatWasRead } from './publication/ordinary-names.ts';
import { type Published, publishEdition } from './publication/publish-edition.ts';
import { requireSameChannel, seedPublished } from './publication/seed-published.ts';
import { Staging } from './publication/staging.ts';
import { recordSignersOf, renewedPkgMgrs } from './roles/chain-signing.ts';
import { dueRoles, signDelegated } from './roles/delegated-signing.ts';
import { lifetimesOf } from './roles/lifetimes.ts';
import { isOnlineRole } from './roles/role-plan.ts';
import { expiryWarnings, lateRefreshWarnings, roleStatuses } from './roles/role-status.ts';
import { unsignedByTeams } from './teams/index-without-team.ts';

/**
 * Signs new and changed records, makes every form of every index anew where it has changed, and publishes them in an order
 * that leaves the old channel or the new one wherever it is cut off. Where nothing changed, nothing is written.
 *
 * @throws UsageError `not-initialised`, `wrong-passphrase`
 * @throws StoreError `store-corrupt`, `key-missing`, `locked`
 * @throws VerificationError for what must not be signed; all of it as `details.refused`, and nothing was published.
 */
export async function signChannel(channel: string, options: SignOptions, env: PublisherEnv): Promise<SignResult> {
  const found = await findChannel(channel);
  const folders = options.out === undefined ? found : { source: found.source, published: resolve(options.out) };
  return withChannelLock(folders, env.lockWaitMs, () => signUnderLock(found, folders, options, env));
}

/**
 * {@link signChannel}, by a command that holds the lock.
 *
 * @param found where the channel is published, `folders` where it is to be
 * @param others who signs records, where those that are delegated now are not all; a pkg_mgr of theirs is not renewed
 */
export async function signUnderLock(
  found: ChannelFolder,
  folders: ChannelFolder,
  options: SignOptions,
  env: PublisherEnv,
  others?: readonly RecordSigners[],
): Promise<SignResult> {
  await requireSameChannel(found.published, folders.published);
  await requireFoldersInside(folders.published);
  if (options.keep !== undefined) await rememberRetention(folders, options.keep);
  const last = await readNewest(found, folders.published, options.keys);
  if (options.subdirs !== undefined) requireWholeBefore(last, folders.published);
  const keys = await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase());
  const chains = await readOwnChains(last);
  const signers = others ?? chains.map((own) => ({ chain: own.chain, signers: recordSignersOf(own, keys) }));
  const staging = await Staging.open(folders.published);
  try {
    const yanks = await readYankState(folders, last);
    const prepared = await prepare(folders, yanks, last, signers, options, env, staging);
    await keepWithdrawn(folders.source, yanks, prepared.withdrawn);
    const own = await takeOver(folders, last, found.published, options.keys);
    const mayRenew = others === undefined;
    const published = await publish(folders, own, { chains, mayRenew }, prepared, keys, staging, options, env);
    if (options.subdirs === undefined) await forgetRestored(folders.source, yanks.yanked);
    const { records, growth, missingPackages } = prepared;
    const chainsNow = await readOwnChains(published.own);
    const roles = roleStatuses(published.own, chainsNow, env.now);
    return {
      records: { ...records },
      published: published.files.length > 0,
      files: published.files,
      folder: folders.published,
      growth: { ...growth },
      missingPackages,
      warnings: [
        ...prepared.warnings,
        ...published.warnings,
        ...expiryWarnings(roles, env.now, lifetimesOf({ own: published.own, chains: chainsNow })),
        ...lateRefreshWarnings(published.own, chainsNow, env.now),
        ...shardsBesideMamba(published.own, chainsNow),
        ...(await strayChainFiles(published.own, chainsNow)),
        ...(await unsignedByTeams(published.own)),
      ],
    };
  } finally {
    await staging.clear();
  }
}

async function prepare(
  { source, published }: ChannelFolder,
  yanks: YankState,
  own: OwnMetadata,
  signers: readonly RecordSigners[],
  options: SignOptions,
  env: PublisherEnv,
  staging: Staging,
): Promise<PreparedIndex> {
  const generations = await readGenerations(own);
  const rules = {
    rebuild: options.rebuild === true,
    isOurs: (path: string, sha256: string) => generations.some(({ files }) => files.get(path)?.sha256 === sha256),
  };
  return prepareIndex(
    { source, published, own, signers, yanks, now: env.now, rules, options, progress: env.progress },
    staging,
  );
}

/**
 * The metadata to go on from. Until the first publication into a new folder it stands where the channel was published
 * before; so it does where the folder was used long ago, or by a run that was killed, and the channel went on elsewhere.
 */
async function readNewest(found: ChannelFolder, published: string, keys: string): Promise<OwnMetadata> {
  const before = found.published;
  if (!(await isInitialised(published))) {
    await requirePublished(found);
    return readOwnMetadata(before, keys);
  }
  const there = await readOwnMetadata(published, keys);
  if (before === published || !(await isInitialised(before))) return there;
  const last = await readOwnMetadata(before, keys);
  return there.timestamp.version >= last.timestamp.version ? there : last;
}

/** What `--subdir` leaves as it was published must stand where it is to be published. */
function requireWholeBefore(last: OwnMetadata, published: string): void {
  if (last.folder === published || indexForms(last.index).length === 0) return;
  throw new UsageError('usage', `${published} has no publication yet for the other subdirs to stay as they are`, {
    hint: 'Leave out --subdir this once, so that the whole channel is published there.',
    details: { folder: published },
  });
}

/** Makes the published folder go on from where the channel stands. */
async function takeOver(folders: ChannelFolder, last: OwnMetadata, before: string, keys: string): Promise<OwnMetadata> {
  if (last.folder !== folders.published) await seedPublished(last.folder, folders.published);
  if (before !== folders.published) await rememberPublished(folders);
  return last.folder === folders.published ? last : readOwnMetadata(folders.published, keys);
}

async function publish(
  folders: ChannelFolder,
  own: OwnMetadata,
  { chains, mayRenew }: { readonly chains: readonly OwnChain[]; readonly mayRenew: boolean },
  prepared: PreparedIndex,
  keys: RoleSigners,
  staging: Staging,
  options: SignOptions,
  env: PublisherEnv,
): Promise<Published> {
  const isSeparate = folders.published !== folders.source;
  const isForMamba = chains.some(({ chain }) => chain === MAMBA_CHAIN);
  if (isSeparate) await carryFiles(folders, prepared.subdirs, isForMamba);
  const placed = await staging.place();
  const current = new Map([...own.index.targets.values()].map((target) => [target.path, factsOfTarget(target)]));
  const files = new Map(prepared.files);
  for (const [path, facts] of current) if (isChainFile(path)) files.set(path, facts);
  const pkgMgrs = chains.flatMap(({ pkgMgr }) => pkgMgr ?? []);
  const online = [...own.delegated].flatMap(([role, signed]) => (isOnlineRole(role) ? signed : []));
  const expiries = [...online, own.snapshot, own.timestamp, ...pkgMgrs].map(({ expires }) => expires);
  if (own.bins !== undefined) expiries.push(firstExpiry(own.bins));
  const hasExpired = expiries.some((expires) => expires <= env.now);
  const isChanged = hasExpired || !sameFiles(current, files);
  const renewed = isChanged && mayRenew ? await renewedPkgMgrs(chains, keys, env.now) : [];
  for (const { path, bytes } of renewed) files.set(path, factsOf(path, bytes));
  const { edition, bins, warnings } = isChanged ? await signIndex() : NOTHING;
  const published = await publishEdition(folders, own, edition, {
    keys: options.keys,
    now: env.now,
    bins,
    mayReplace: (now, generations) => replaceWhatWasRead(folders, now, prepared.read, prepared.subdirs, generations),
  });
  const dropped = isSeparate ? await dropUnlistedForms(published.own) : [];
  if (isSeparate && isChanged) dropped.push(...(await dropUnlistedPackages(folders, published.own, prepared.subdirs)));
  const all = [...warnings, ...published.warnings];
  return { ...published, files: [...placed, ...published.files, ...dropped], warnings: all };

  async function signIndex(): Promise<typeof NOTHING> {
    const roles = [await signDelegated(own, 'index', { targets: targetsMember(files.values()) }, keys, env.now)];
    for (const role of dueRoles(own, keys, env.now)) {
      if (role !== 'index') roles.push(await signDelegated(own, role, {}, keys, env.now));
    }
    const bins = await binsOfIndex(own, files, keys, env);
    const changes = { roles, ...(bins === undefined ? {} : { bins: bins.next.versions }) };
    const edition = [...underHashes(renewed), ...(await signEdition(own, changes, keys, env.now))];
    return { edition, bins: bins?.next, warnings: bins?.warnings ?? [] };
  }
}

const NOTHING: {
  readonly edition: Edition;
  readonly bins: NextBins | undefined;
  readonly warnings: readonly Warning[];
} = { edition: [], bins: undefined, warnings: [] };
