/** How a channel stands: its roles, and what its owner should do something about. */

import {
  ContentTrustError,
  indexHasPip,
  MAMBA_CHAIN,
  projectRecord,
  REPODATA,
  RecordSignatures,
  type RecordSlice,
  StoreError,
  scanRepodata,
  teamsOf,
  yankStatus,
} from '@antivenom/core';
import { sha256Hex } from '@antivenom/node';
import { BINS, missingBins } from './bins/own-bins.ts';
import { type ChannelFolder, findChannel, requirePublished } from './channel/channel-folder.ts';
import { readGenerations } from './channel/generations.ts';
import { strayChainFiles } from './channel/mamba-hindrances.ts';
import { type OwnChain, readOwnChains } from './channel/own-chains.ts';
import { isInitialised, type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import { readOwnYanks } from './channel/own-yanks.ts';
import { type FileFacts, factsOfTarget, readTarget } from './channel/published-targets.ts';
import { INDEX_LIMITS } from './indexes/source-index.ts';
import { sourceProblems } from './indexes/source-problems.ts';
import type { PublisherEnv, StatusResult, Warning } from './operations.ts';
import { keptFiles } from './publication/kept-files.ts';
import { differingNames, notWhatWasSigned, replaceWhatWasPublished } from './publication/ordinary-names.ts';
import { lifetimesOf } from './roles/lifetimes.ts';
import { expiryWarnings, lateRefreshWarnings, roleStatuses } from './roles/role-status.ts';
import { theftWindows } from './roles/theft-windows.ts';
import { teamProblems } from './teams/team-problems.ts';

/** How often to look again where a publisher at work moved the metadata. */
const MAX_ATTEMPTS = 3;
/** Names that a sentence holds. */
const FEW = 3;

/**
 * Looks at everything, opens no key and writes nothing.
 *
 * @throws UsageError `not-initialised`
 * @throws StoreError `store-corrupt` where the metadata itself is damaged, so that nothing can be said of the roles.
 */
export async function channelStatus(channel: string, env: Pick<PublisherEnv, 'now'>): Promise<StatusResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  for (let attempt = 1; ; attempt++) {
    try {
      const own = await readOwnMetadata(folders.published);
      const status = await look(folders, own, env.now);
      if (attempt === MAX_ATTEMPTS || !(await isSuperseded(own))) return status;
    } catch (error) {
      // It writes file after file, and what is no channel yet may be one in a moment.
      const mayBeAtWork = error instanceof StoreError && (await isInitialised(folders.published));
      if (attempt === MAX_ATTEMPTS || !mayBeAtWork) throw error;
    }
  }
}

async function isSuperseded(own: OwnMetadata): Promise<boolean> {
  return (await readOwnMetadata(own.folder)).timestamp.version !== own.timestamp.version;
}

async function look(folders: ChannelFolder, own: OwnMetadata, now: number): Promise<StatusResult> {
  const problems: Warning[] = [];
  const chains = (await attempt('record signatures', problems, () => readOwnChains(own))) ?? [];
  const roles = roleStatuses(own, chains, now);
  problems.push(...expiryWarnings(roles, now, lifetimesOf({ own, chains })), ...lateRefreshWarnings(own, chains, now));
  const teams = new Set(teamsOf(own.targets).map(({ name }) => name));
  const delegated = [...own.delegated].flatMap(([name, role]) => (teams.has(name) ? [] : role));
  for (const { targets } of [own.targets, ...delegated]) {
    for (const target of targets.values()) problems.push(...(await targetProblems(own, factsOfTarget(target), chains)));
  }
  problems.push(...((await attempt('what teams signed', problems, () => teamProblems(own))) ?? []));
  problems.push(...(await binProblems(own)));
  problems.push(...(await ordinaryNameProblems(folders, own)));
  problems.push(...(await strayChainFiles(own, chains)));
  problems.push(...(await sourceProblems(folders, own)));
  const yanks = yankStatus(await attempt('the lists of yanked files', problems, () => readOwnYanks(own)));
  return {
    roles,
    yanks,
    rootFingerprint: {
      first: sha256Hex(own.firstRootBytes),
      current: sha256Hex(own.rootBytes),
      currentVersion: own.root.version,
    },
    folder: folders.published,
    windows: theftWindows(roles),
    kept: await keptFiles(folders, own),
    problems,
  };
}

/** Is it there as it was signed, and is each of its records signed? */
async function targetProblems(own: OwnMetadata, facts: FileFacts, chains: readonly OwnChain[]): Promise<Warning[]> {
  const problems: Warning[] = [];
  const bytes = await attempt(facts.path, problems, () => readTarget(own.folder, facts));
  if (bytes === undefined || !facts.path.endsWith(`/${REPODATA}`)) return problems;
  for (const chain of chains) {
    const unsigned = unsignedRecords(bytes, chain);
    if (unsigned.length === 0) continue;
    const count = unsigned.length === 1 ? '1 record' : `${unsigned.length} records`;
    const what =
      chain.chain === MAMBA_CHAIN ? 'a signature for mamba' : 'a signature (one that states no subdir can have none)';
    problems.push({
      kind: 'unsigned',
      about: facts.path,
      message: `${facts.path} has ${count} without ${what}: ${few(unsigned)}`,
    });
  }
  return problems;
}

/** One problem, however many they are. */
async function binProblems({ folder, bins }: OwnMetadata): Promise<Warning[]> {
  const missing = bins === undefined ? [] : await missingBins(folder, bins);
  if (missing.length === 0) return [];
  const what = missing.length === 1 ? '1 hash bin is' : `${missing.length} hash bins are`;
  const message = `${what} not there (${few(missing)}): build them anew with hash-bins`;
  return [{ kind: 'damaged', about: BINS, message }];
}

function few(names: readonly string[]): string {
  const more = names.length - FEW;
  return `${names.slice(0, FEW).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The names of the files whose records are signed by too few, but for those that nobody can sign for mamba. */
function unsignedRecords(bytes: Uint8Array, { chain, keyMgr: { pkgMgr } }: OwnChain): string[] {
  const repodata = scanRepodata(bytes, INDEX_LIMITS);
  const hasPip = indexHasPip(repodata);
  const canSign = (slice: RecordSlice) =>
    chain !== MAMBA_CHAIN ||
    projectRecord(repodata.record(slice), { indexHasPip: hasPip, map: slice.map }).status === 'foretold';
  const signatures = new RecordSignatures(repodata);
  const unsigned: string[] = [];
  for (const slice of repodata.records) {
    const { map, file } = slice;
    if (map.startsWith('v3.')) continue;
    const entry = signatures.of(file);
    const signed = entry instanceof Map ? [...entry.keys()].filter((key) => pkgMgr.keys.has(key)).length : 0;
    if (signed < pkgMgr.threshold && canSign(slice)) unsigned.push(file);
  }
  return unsigned;
}

/** What a publisher that was cut off left for the next `refresh`, and what somebody else wrote. */
async function ordinaryNameProblems(folders: ChannelFolder, own: OwnMetadata): Promise<Warning[]> {
  const problems: Warning[] = [];
  const mayReplace = replaceWhatWasPublished(folders, own, await readGenerations(own));
  for await (const { facts, bytes } of differingNames(own)) {
    const isOurs = await attempt(facts.path, [], async () => bytes === undefined || (await mayReplace(facts, bytes)));
    problems.push(isOurs === true ? behind(facts) : notWhatWasSigned(facts));
  }
  return problems;
}

function behind({ path }: FileFacts): Warning {
  const message = `${path} is not what is signed now, though nothing in it is new: run refresh, which mends it`;
  return { kind: 'behind', about: path, message };
}

/** Damage is a finding here, and no end. */
async function attempt<T>(about: string, problems: Warning[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ContentTrustError)) throw error;
    problems.push({ kind: 'damaged', about, message: `${about} is damaged: ${error.message}` });
    return undefined;
  }
}
