/**
 * What becomes of the lists of yanked files when the offline role `targets` is signed: all that the online role lists moves
 * to the list of `targets`, where no online key reaches it. A channel that was made before there were lists gets them.
 */
import { join } from 'node:path';
import {
  buildTargets,
  type DelegationFields,
  distinctYanks,
  type JsonValue,
  roleFileName,
  signTuf,
  UNYANKED,
  writeYankList,
  YANK_ROLE,
  YANKED,
  YANKED_BASE,
  type Yank,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { addKeys, DEFAULT_SCRYPT_COST, FileSigner, type RoleSigners } from '@antivenom/signers';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { readOwnYanks } from '../channel/own-yanks.ts';
import { factsOf, targetsMember } from '../channel/published-targets.ts';
import type { AllKeysOptions, PublisherEnv } from '../operations.ts';
import type { MetadataFile, SignedRole } from '../publication/edition.ts';
import { delegatedKeys } from './key-change.ts';
import { withLifetime } from './reissue.ts';
import { DAY_MS, DEFAULT_LIFETIME_DAYS, DEFAULT_ROLE_KEYS } from './role-plan.ts';
import { heldOf } from './role-signers.ts';

/** The list of that path. */
export function yankListFile(path: string, yanks: Iterable<Yank>): MetadataFile {
  return { path, bytes: writeYankList(path, yanks) };
}

/** The delegation of {@link YANK_ROLE}: no file but its list. */
export function yankDelegation(keys: Pick<DelegationFields, 'keys' | 'threshold'>): DelegationFields {
  return { ...keys, name: YANK_ROLE, paths: [YANKED], terminating: false };
}

/** The members in which the next version of {@link YANK_ROLE} differs. */
export function yankMembers(list: MetadataFile): Readonly<Record<string, JsonValue>> {
  return { targets: targetsMember([factsOf(list.path, list.bytes)]) };
}

export interface SettledYanks {
  /** Lists that change, of either role. */
  readonly lists: readonly MetadataFile[];
  /** Those among them that `targets` lists. */
  readonly offline: readonly MetadataFile[];
  /** A role that is new. */
  readonly delegations: ReadonlyMap<string, DelegationFields>;
  readonly first: readonly SignedRole[];
  /** What changes in roles that stand, by their names. */
  readonly members: ReadonlyMap<string, Readonly<Record<string, JsonValue>>>;
}

export const NOTHING_SETTLED: SettledYanks = {
  lists: [],
  offline: [],
  delegations: new Map(),
  first: [],
  members: new Map(),
};

/**
 * Without the keys of the role all stays as it is until the next time.
 *
 * @param keys with those of the role where the channel has none: {@link withYankKeys}
 */
export async function settleYanks(own: OwnMetadata, keys: RoleSigners, now: number): Promise<SettledYanks> {
  const known = await readOwnYanks(own);
  if (known === undefined) return keys.has(YANK_ROLE) ? firstLists(own, keys, now) : NOTHING_SETTLED;
  const { threshold, keys: named } = delegatedKeys(own, YANK_ROLE);
  const isSignable = heldOf(YANK_ROLE, { keys: named, threshold }, keys).length >= threshold;
  if (known.online.length === 0 || !isSignable) return NOTHING_SETTLED;
  const base = yankListFile(YANKED_BASE, distinctYanks([...known.base, ...known.online]));
  const online = yankListFile(YANKED, []);
  const members = new Map([[YANK_ROLE, yankMembers(online)]]);
  return { lists: [base, online], offline: [base], delegations: new Map(), first: [], members };
}

async function firstLists(own: OwnMetadata, keys: RoleSigners, now: number): Promise<SettledYanks> {
  const signers = keys.get(YANK_ROLE) ?? [];
  const offline = [yankListFile(YANKED_BASE, []), yankListFile(UNYANKED, [])];
  const online = yankListFile(YANKED, []);
  const days = DEFAULT_LIFETIME_DAYS[YANK_ROLE];
  // No version may fall, also where somebody took the role out before.
  const version = (own.snapshot.meta.get(`${YANK_ROLE}.json`)?.version ?? 0) + 1;
  const built = buildTargets({ version, expires: now + days * DAY_MS, targets: [] }, nodeCrypto);
  const signed = new Map([...built, ...Object.entries(yankMembers(online))]);
  const bytes = await signTuf(withLifetime(signed, days), signers, nodeCrypto);
  const role = { role: YANK_ROLE, version, path: `tuf/${roleFileName(YANK_ROLE, version)}`, bytes };
  const { threshold } = DEFAULT_ROLE_KEYS[YANK_ROLE];
  const delegation = yankDelegation({ keys: signers.map(({ publicKey }) => publicKey), threshold });
  return {
    lists: [...offline, online],
    offline,
    delegations: new Map([[YANK_ROLE, delegation]]),
    first: [role],
    members: new Map(),
  };
}

/**
 * The keys at hand, with one for {@link YANK_ROLE} where the channel has no such role yet: on the disk before anything names
 * it. One that a killed run made is taken.
 */
export async function withYankKeys(
  own: OwnMetadata,
  keys: RoleSigners,
  options: AllKeysOptions,
  env: PublisherEnv,
): Promise<RoleSigners> {
  if (own.delegated.has(YANK_ROLE) || keys.has(YANK_ROLE)) return keys;
  const seeds = Array.from({ length: DEFAULT_ROLE_KEYS[YANK_ROLE].keys }, () => env.randomBytes(32));
  const passphrase = await options.onlinePassphrase();
  const making = { passphrase, cost: DEFAULT_SCRYPT_COST, randomBytes: (length: number) => env.randomBytes(length) };
  await addKeys(join(options.keys, 'online'), YANK_ROLE, seeds, making);
  return new Map([...keys, [YANK_ROLE, seeds.map((seed) => new FileSigner(seed))]]);
}
