/** Makes every package of a channel a target of TUF, by hash bins. */
import { join } from 'node:path';
import { type Binning, buildHashBins, REPODATA, type Signer, scanRepodata, UsageError } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { addKeys, DEFAULT_SCRYPT_COST, FileSigner, loadKeys, type RoleSigners } from '@antivenom/signers';
import { firstBinsRole } from './bins/bins-role.ts';
import { followIndex, listedFiles, sizeWarnings } from './bins/follow-index.ts';
import { firstBins } from './bins/next-bins.ts';
import { BIN_PREFIX, BINNED_PATTERNS, BINS } from './bins/own-bins.ts';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import { readTarget } from './channel/published-targets.ts';
import { INDEX_LIMITS } from './indexes/source-index.ts';
import type { HashBinsOptions, HashBinsResult, PublisherEnv } from './operations.ts';
import { type MetadataFile, type SignedRole, signEdition, underHashes } from './publication/edition.ts';
import { publishRenewal } from './publication/publish-renewal.ts';
import { signDelegated } from './roles/delegated-signing.ts';
import { delegatedKeys, hexOf } from './roles/key-change.ts';
import { signOffline } from './roles/offline-signing.ts';
import { lifetimeOf } from './roles/reissue.ts';
import { DAY_MS, DEFAULT_LIFETIME_DAYS } from './roles/role-plan.ts';
import { signersOf } from './roles/role-signers.ts';
import { withYankKeys } from './roles/yank-lists.ts';

/** So many targets a bin has where the owner names no number of bins: a client fetches one bin, some 30 kB, for a package. */
const PACKAGES_A_BIN = 200;

/**
 * Has `targets` delegate all packages to hash bins, and lists in them what the published index lists. In a channel that has
 * bins already it builds them anew, also another number of them, and needs no offline key.
 *
 * @throws UsageError `not-initialised`, `wrong-passphrase`; `usage` for a number of bins that cannot be
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 * @throws VerificationError `unsafe-name` for a package that is a link out of the channel
 */
export async function hashBins(channel: string, options: HashBinsOptions, env: PublisherEnv): Promise<HashBinsResult> {
  if (options.bins !== undefined) bitLengthOf(options.bins);
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const chains = await readOwnChains(own);
    const online = await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase());
    const wanted = options.bins ?? own.bins?.versions.length ?? (await binsForPackages(own));
    const binning = { namePrefix: BIN_PREFIX, bitLength: bitLengthOf(wanted) };
    const delegated = await delegation(own, binning, online, options, env);
    const changes = await followIndex(own, binning, new Map(), listedFiles(own));
    const made = { binning, version: own.snapshot.version + 1, lifetimeMs: delegated.lifetimeMs };
    const next = firstBins(made, changes.bins, { signers: delegated.signers, ...env });
    const { roles, lists } = delegated;
    const signed = await signEdition(own, { roles, bins: next.versions }, online, env.now);
    const edition = [...underHashes(lists), ...signed];
    const published = await publishRenewal(folders, { own, chains }, edition, options, env, next);
    const packages = [...changes.bins.values()].reduce((count, change) => count + change.size, 0);
    return {
      ...published,
      bins: next.versions.size,
      packages,
      newKeys: delegated.newKeys,
      warnings: [...sizeWarnings(changes), ...published.warnings],
    };
  });
}

/**
 * Bits of a path's hash that tell so many bins apart.
 *
 * @throws UsageError `usage`
 */
export function bitLengthOf(bins: number): number {
  const bits = Math.log2(bins);
  if (Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS) return bits;
  throw new UsageError('usage', `${bins} is no number of hash bins`, {
    hint: `It is a power of two from 2 to ${2 ** MAX_BITS}: one for some ${PACKAGES_A_BIN} packages that you expect.`,
    details: { bins },
  });
}

/** Every client reads the names of all bins in the snapshot. */
const MAX_BITS = 16;

async function binsForPackages(own: OwnMetadata): Promise<number> {
  let packages = 0;
  for (const facts of listedFiles(own).values()) {
    if (!facts.path.endsWith(`/${REPODATA}`)) continue;
    packages += scanRepodata(await readTarget(own.folder, facts), INDEX_LIMITS).records.length;
  }
  const bits = Math.ceil(Math.log2(packages / PACKAGES_A_BIN));
  return 2 ** Math.min(MAX_BITS, Math.max(1, bits));
}

interface BinDelegation {
  readonly signers: readonly Signer[];
  readonly lifetimeMs: number;
  /** Those that have to be signed for it. */
  readonly roles: readonly SignedRole[];
  /** Targets of theirs that are new. */
  readonly lists: readonly MetadataFile[];
  readonly newKeys: readonly string[];
}

/** The role `bins`: as it stands, with another number of bins, or new. */
async function delegation(
  own: OwnMetadata,
  binning: Binning,
  online: RoleSigners,
  options: HashBinsOptions,
  env: PublisherEnv,
): Promise<BinDelegation> {
  if (own.bins === undefined) return firstDelegation(own, binning, online, options, env);
  const signers = signersOf(BINS, own.bins, online);
  const lifetimeMs = lifetimeOf(BINS, own.bins.role);
  if (binning.bitLength === own.bins.bitLength) return { signers, lifetimeMs, roles: [], lists: [], newKeys: [] };
  const delegations = buildHashBins({ ...binning, ...delegatedKeys(own, BINS) }, nodeCrypto);
  const role = await signDelegated(own, BINS, { delegations }, online, env.now);
  return { signers, lifetimeMs, roles: [role], lists: [], newKeys: [] };
}

/** The key is on the disk before anything names it; one that a killed run made is taken. */
async function firstDelegation(
  own: OwnMetadata,
  binning: Binning,
  online: RoleSigners,
  options: HashBinsOptions,
  env: PublisherEnv,
): Promise<BinDelegation> {
  const offline = await loadKeys(join(options.keys, 'offline'), await options.offlinePassphrase());
  const keyed = await withYankKeys(own, new Map([...offline, ...online]), options, env);
  const known = online.get(BINS) ?? [];
  const seeds = known.length > 0 ? [] : [env.randomBytes(32)];
  const signers = [...known, ...seeds.map((seed) => new FileSigner(seed))];
  const keys = { keys: signers.map(({ publicKey }) => publicKey), threshold: 1 };
  const delegations = new Map([[BINS, { name: BINS, ...keys, paths: BINNED_PATTERNS, terminating: false }]]);
  const { roles, lists } = await signOffline(own, { delegations }, keyed, env.now);
  const days = DEFAULT_LIFETIME_DAYS.bins;
  const role = await firstBinsRole({ ...binning, ...keys }, days, signers, env.now);
  if (seeds.length > 0) {
    const randomBytes = (length: number) => env.randomBytes(length);
    const making = { passphrase: await options.onlinePassphrase(), cost: DEFAULT_SCRYPT_COST, randomBytes };
    await addKeys(join(options.keys, 'online'), BINS, seeds, making);
  }
  const newKeys = seeds.length > 0 ? keys.keys.map(hexOf) : [];
  return { signers, lifetimeMs: days * DAY_MS, roles: [...roles, role], lists, newKeys };
}
