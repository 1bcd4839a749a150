/** The key ceremony: keys, the roles of TUF and the chains of record signatures, in one go. */
import { rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  buildRoot,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  CONDA_CHAIN,
  chainRootPath,
  INDEX_PATH_PATTERNS,
  type JsonObject,
  keyMgrPath,
  type MetaFile,
  RECORD_CHAINS,
  type RecordChain,
  shellWord,
  signTuf,
  UNYANKED,
  UsageError,
  YANKED,
  YANKED_BASE,
} from '@antivenom/core';
import {
  makeFolder,
  namesIfThere,
  nodeCrypto,
  readFileIfThere,
  removeLeftovers,
  sha256Hex,
  writeFileAtomic,
} from '@antivenom/node';
import { DEFAULT_SCRYPT_COST, type FileSigner, type RoleSigners, storeKeys } from '@antivenom/signers';
import { firstBinsRole } from './bins/bins-role.ts';
import { firstBins, type NextBins } from './bins/next-bins.ts';
import { BIN_PREFIX, BINNED_PATTERNS, BINS } from './bins/own-bins.ts';
import { writeFirstBins } from './bins/write-bins.ts';
import { findChannel, withChannelLock } from './channel/channel-folder.ts';
import { requireFoldersInside } from './channel/inside-channel.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { isInitialised, readOwnMetadata } from './channel/own-metadata.ts';
import { factsOf, targetFields } from './channel/published-targets.ts';
import { bitLengthOf } from './hash-bins.ts';
import { requireNoSubdir } from './indexes/source-subdirs.ts';
import type { InitOptions, InitResult, PublisherEnv } from './operations.ts';
import { type MetadataFile, metaOf, underHashes, writeEdition } from './publication/edition.ts';
import { firstChain } from './roles/chain-signing.ts';
import { withLifetime } from './roles/reissue.ts';
import {
  type CeremonyPlan,
  DAY_MS,
  isKeyed,
  type KeyedRole,
  OFFLINE_ROLES,
  ONLINE_ROLES,
  planCeremony,
  plannedKeys,
  type TufRole,
} from './roles/role-plan.ts';
import { roleStatuses } from './roles/role-status.ts';
import { yankDelegation, yankListFile } from './roles/yank-lists.ts';

/**
 * Stands in the key folder while the ceremony runs, and holds the channel's path: unless that channel is there, the keys
 * beside it signed nothing that anybody has seen.
 */
const UNDER_WAY = 'ceremony-under-way';

/**
 * Makes the keys of a channel, and its first metadata, which lists no index yet.
 *
 * @param channel a folder that is there; its packages may come later
 * @throws UsageError `already-initialised` where the channel or the key folder was used before.
 * @throws VerificationError `unsafe-name` where a folder to write into is a link out of the channel.
 */
export function initChannel(channel: string, options: InitOptions, env: PublisherEnv): Promise<InitResult> {
  return beginChannel(channel, options, { files: [], seeds: new Map() }, env);
}

/** A chain of record signatures that was there before the channel was ours. */
export interface Adopted {
  /** Its files, under their paths in the channel. */
  readonly files: readonly MetadataFile[];
  /** Private keys (RFC 8032, 32 bytes each) that sign in it, beside those that the ceremony makes for the role. */
  readonly seeds: ReadonlyMap<KeyedRole, readonly Uint8Array[]>;
}

/**
 * {@link initChannel}, with a chain that is adopted.
 *
 * @param options `for` names the clients whose chains are made, the adopted one's not among them
 */
export async function beginChannel(
  channel: string,
  options: InitOptions,
  adopted: Adopted,
  env: PublisherEnv,
): Promise<InitResult> {
  if (options.hashBins !== undefined) bitLengthOf(options.hashBins);
  const plan = planCeremony(options.roleKeys, options.lifetimeDays);
  const { source } = await findChannel(channel);
  await requireChannelFolder(source);
  requireOutside(source, options.keys);
  return withChannelLock({ source, published: source }, env.lockWaitMs, async () => {
    await requireFoldersInside(source);
    const isMade = await isCutOffAtItsEnd(source, options.keys);
    if (!isMade) await requireNew(source, options);
    const files = isMade ? [] : await makeChannel(source, options, adopted, plan, env);
    await rm(join(options.keys, UNDER_WAY), { force: true });
    const own = await readOwnMetadata(source, options.keys);
    return {
      rootFingerprint: sha256Hex(own.firstRootBytes),
      roles: roleStatuses(own, await readOwnChains(own), env.now),
      offlineFolder: join(options.keys, 'offline'),
      onlineFolder: join(options.keys, 'online'),
      files,
    };
  });
}

/** Keys are named after the channel's folder, and a mistyped one is easily named. */
async function requireChannelFolder(source: string): Promise<void> {
  if (basename(source) === '') {
    throw new UsageError('usage', `${source} is the root of the file system, and no channel`, {
      hint: 'Name the folder of the channel.',
    });
  }
  await requireNoSubdir(source, 'usage');
}

async function makeChannel(
  source: string,
  options: InitOptions,
  adopted: Adopted,
  plan: CeremonyPlan,
  env: PublisherEnv,
): Promise<readonly string[]> {
  const keys = await ceremony(source, options, adopted, plan, env);
  const { files, bins } = await firstMetadata(keys, options, adopted, plan, env);
  if (bins !== undefined) await writeFirstBins(source, bins);
  const root = files.find(({ path }) => path === 'tuf/1.root.json');
  if (root !== undefined) await writeFileAtomic(join(options.keys, '1.root.json'), root.bytes);
  return writeEdition(source, files);
}

/** Whether a ceremony of this very channel was killed when all was done and only its mark was left. */
async function isCutOffAtItsEnd(source: string, keys: string): Promise<boolean> {
  return (await isInitialised(source)) && (await ceremonyUnderWay(keys)) === source;
}

/** The path of the channel that keys are being made for. */
async function ceremonyUnderWay(keys: string): Promise<string | undefined> {
  const mark = await readFileIfThere(join(keys, UNDER_WAY));
  return mark && new TextDecoder().decode(mark);
}

/** The channel's folder is what a web server serves, offline keys among it. */
function requireOutside(source: string, keys: string): void {
  const away = relative(source, resolve(keys));
  if (away.split(sep)[0] === '..' || isAbsolute(away)) return;
  throw new UsageError('usage', `the key folder ${keys} lies within the channel, which everybody can read`, {
    hint: 'Name a folder outside of it with --keys.',
    details: { folder: keys },
  });
}

async function requireNew(source: string, { keys, for: clients }: InitOptions): Promise<void> {
  if (await isInitialised(source)) {
    throw new UsageError('already-initialised', `${source} has trust metadata already`, {
      hint: 'Sign it with `antivenom sign`, and see how it stands with `antivenom status`.',
      details: { folder: source },
    });
  }
  // A ceremony of this channel that was killed: its keys are in no channel, so they go.
  if ((await ceremonyUnderWay(keys)) === source) {
    for (const name of ['offline', 'online', '1.root.json'])
      await rm(join(keys, name), { recursive: true, force: true });
    return;
  }
  for (const name of ['offline', 'online', '1.root.json']) {
    if ((await stat(join(keys, name)).catch(() => undefined)) === undefined) continue;
    throw new UsageError('already-initialised', `${keys} holds the keys of a channel already`, {
      hint: 'Name another folder with --keys.',
      details: { folder: keys },
    });
  }
  for (const chain of RECORD_CHAINS) {
    if (clients.includes(chain.client)) await requireNoChain(source, chain);
  }
}

/** Whoever trusts a root that stands here could follow no other. */
async function requireNoChain(source: string, chain: RecordChain): Promise<void> {
  const paths = [chainRootPath(chain, 1), keyMgrPath(chain)];
  if (chain === CONDA_CHAIN && (await isCondaChainAtBase(source))) paths.push('1.root.json');
  for (const path of paths) {
    if ((await readFileIfThere(join(source, path))) === undefined) continue;
    throw new UsageError(
      'already-initialised',
      `${path} is there already: a chain of record signatures of somebody's`,
      { hint: wayOut(source, chain), details: { folder: source, file: path } },
    );
  }
}

/** Where owners of conda-content-trust keep it too; mamba's chain has a pkg_mgr there. */
async function isCondaChainAtBase(source: string): Promise<boolean> {
  const names = new Set(await namesIfThere(source));
  return names.has('1.root.json') && names.has('key_mgr.json') && !names.has('pkg_mgr.json');
}

function wayOut(source: string, chain: RecordChain): string {
  return chain === CONDA_CHAIN
    ? `To go on with it: antivenom import cct ${shellWord(source)}. If nobody trusts it, move it away.`
    : 'If nobody trusts it, move it away. If conda reads it there, move it to cct/, where signing_metadata_url_base leads then; or make the channel without --for mamba.';
}

/** @returns the keys that were made; those that were adopted sign what stands already. */
async function ceremony(
  source: string,
  options: InitOptions,
  adopted: Adopted,
  plan: CeremonyPlan,
  env: PublisherEnv,
): Promise<RoleSigners> {
  const task = env.progress.start('making keys', 2);
  try {
    await makeFolder(options.keys, { mode: 0o700 });
    await removeLeftovers(options.keys);
    const [offlinePassphrase, onlinePassphrase] = [await options.offlinePassphrase(), await options.onlinePassphrase()];
    await writeFileAtomic(join(options.keys, UNDER_WAY), new TextEncoder().encode(source));
    const made = new Map<string, readonly FileSigner[]>();
    for (const [folder, roles, passphrase] of [
      ['offline', OFFLINE_ROLES, offlinePassphrase],
      ['online', ONLINE_ROLES, onlinePassphrase],
    ] as const) {
      const making = {
        passphrase,
        cost: options.scryptCost ?? DEFAULT_SCRYPT_COST,
        randomBytes: (length: number) => env.randomBytes(length),
      };
      const isMade = (role: KeyedRole) =>
        isKeyed(role, options.for) || (role === BINS && options.hashBins !== undefined);
      const counts = new Map(roles.map((role) => [role, isMade(role) ? plan.keys[role].keys : 0]));
      const seeds = [...counts].map(([role, count]) => {
        const fresh = Array.from({ length: count }, () => env.randomBytes(32));
        return [role, [...fresh, ...(adopted.seeds.get(role) ?? [])]] as const;
      });
      for (const [role, signers] of await storeKeys(join(options.keys, folder), seeds, making)) {
        made.set(role, signers.slice(0, counts.get(role as KeyedRole)));
      }
      task.advance(1);
    }
    return made;
  } finally {
    task.done();
  }
}

async function firstMetadata(
  keys: RoleSigners,
  { for: clients, hashBins }: InitOptions,
  adopted: Adopted,
  plan: CeremonyPlan,
  { now, progress }: PublisherEnv,
): Promise<{ readonly files: MetadataFile[]; readonly bins: NextBins | undefined }> {
  const expires = (role: TufRole) => now + plan.lifetimeDays[role] * DAY_MS;
  const roleKeys = (role: KeyedRole) => plannedKeys(role, keys, plan);
  const sign = (role: TufRole, signed: JsonObject) =>
    signTuf(withLifetime(signed, plan.lifetimeDays[role]), keys.get(role) ?? [], nodeCrypto);

  const offline: MetadataFile[] = [...adopted.files];
  const online: MetadataFile[] = [];
  for (const chain of RECORD_CHAINS) {
    if (!clients.includes(chain.client)) continue;
    const first = await firstChain(chain, keys, plan, now);
    offline.push(...first.offline);
    online.push(...first.online);
  }
  const listed = (files: readonly MetadataFile[]) => files.map(({ path, bytes }) => targetFields(factsOf(path, bytes)));

  const root = buildRoot(
    {
      version: 1,
      expires: expires('root'),
      consistentSnapshot: true,
      roles: {
        root: roleKeys('root'),
        targets: roleKeys('targets'),
        snapshot: roleKeys('snapshot'),
        timestamp: roleKeys('timestamp'),
      },
    },
    nodeCrypto,
  );
  const paths = [...INDEX_PATH_PATTERNS, ...online.map(({ path }) => path)];
  const delegations = [
    yankDelegation(roleKeys('yank')),
    { name: 'index', ...roleKeys('index'), paths, terminating: false },
  ];
  const binning = hashBins === undefined ? undefined : { namePrefix: BIN_PREFIX, bitLength: bitLengthOf(hashBins) };
  if (binning !== undefined) {
    delegations.push({ name: BINS, ...roleKeys(BINS), paths: BINNED_PATTERNS, terminating: false });
  }
  const offlineLists = [yankListFile(YANKED_BASE, []), yankListFile(UNYANKED, [])];
  const yanked = yankListFile(YANKED, []);
  const targets = buildTargets(
    { version: 1, expires: expires('targets'), targets: listed([...offline, ...offlineLists]), delegations },
    nodeCrypto,
  );
  const yank = buildTargets({ version: 1, expires: expires('yank'), targets: listed([yanked]) }, nodeCrypto);
  const index = buildTargets({ version: 1, expires: expires('index'), targets: listed(online) }, nodeCrypto);
  const [rootFile, targetsFile, yankFile, indexFile] = [
    await sign('root', root),
    await sign('targets', targets),
    await sign('yank', yank),
    await sign('index', index),
  ];
  const roles = new Map<string, MetaFile>([
    ['targets', metaOf(1, targetsFile)],
    ['yank', metaOf(1, yankFile)],
    ['index', metaOf(1, indexFile)],
  ]);
  const signers = keys.get(BINS) ?? [];
  const lifetimeMs = plan.lifetimeDays.bins * DAY_MS;
  const made = binning && firstBins({ binning, version: 1, lifetimeMs }, new Map(), { signers, now, progress });
  const binsRole =
    binning && (await firstBinsRole({ ...binning, ...roleKeys(BINS) }, plan.lifetimeDays.bins, signers, now));
  if (binsRole !== undefined) roles.set(BINS, metaOf(1, binsRole.bytes));
  for (const [name, version] of made?.versions ?? []) roles.set(name, { version });
  const snapshotFile = await sign('snapshot', buildSnapshot({ version: 1, expires: expires('snapshot'), roles }));
  const timestamp = buildTimestamp({ version: 1, expires: expires('timestamp'), snapshot: metaOf(1, snapshotFile) });
  const files = [
    ...underHashes([...offline, ...online, ...offlineLists, yanked]),
    ...offline,
    ...online,
    { path: 'tuf/1.root.json', bytes: rootFile },
    { path: 'tuf/1.targets.json', bytes: targetsFile },
    { path: 'tuf/1.yank.json', bytes: yankFile },
    { path: 'tuf/1.index.json', bytes: indexFile },
    ...(binsRole === undefined ? [] : [binsRole]),
    { path: 'tuf/1.snapshot.json', bytes: snapshotFile },
    { path: 'tuf/timestamp.json', bytes: await sign('timestamp', timestamp) },
  ];
  return { files, bins: made };
}
