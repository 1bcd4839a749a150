/** What `rotate` and `revoke` have in common: some keys of a channel make place for others, in one publication. */
import { basename, join, relative } from 'node:path';
import { isTeamName, type PublicKey, UsageError } from '@antivenom/core';
import {
  addKeys,
  DEFAULT_SCRYPT_COST,
  FileSigner,
  type RoleSigners,
  readKeyFiles,
  retireKeyFile,
} from '@antivenom/signers';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { type OwnChain, readOwnChains } from './channel/own-chains.ts';
import { readOwnMetadata } from './channel/own-metadata.ts';
import type { Standing } from './channel/standing.ts';
import type { RecordSigners } from './indexes/record-signing.ts';
import type { AllKeysOptions, PublisherEnv, RotateResult } from './operations.ts';
import { publishRenewal } from './publication/publish-renewal.ts';
import { loadAllKeys, notRenewed } from './renew.ts';
import { chainKeys, delegationsOf, hexOf, type KeyChange, type KeyChanges, keysAfter } from './roles/key-change.ts';
import { rekeyedEdition } from './roles/rekeyed-edition.ts';
import { CHAIN_KEYS, DEFAULT_ROLE_KEYS, isOnlineRole } from './roles/role-plan.ts';
import { handOver, heldOf } from './roles/role-signers.ts';
import { withYankKeys } from './roles/yank-lists.ts';
import { signUnderLock } from './sign.ts';

/** What is to become of a role's keys. */
export interface KeyPlan extends Pick<KeyChange, 'gone' | 'threshold'> {
  /** How many keys are made. */
  readonly added: number;
}

export type KeyPlans = ReadonlyMap<string, KeyPlan>;

/**
 * Signs and publishes what the plans ask for. New keys are on the disk before anything names them; key files that nothing
 * names any more, those that a killed run made among them, are moved to `retired` within their folder afterwards.
 *
 * @param plan of each role in question; where none of its keys changes, only key files are tidied
 */
export async function changeKeys(
  channel: string,
  plan: (standing: Standing, held: RoleSigners) => KeyPlans,
  options: AllKeysOptions,
  env: PublisherEnv,
): Promise<RotateResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  const read = async (): Promise<Standing> => {
    const own = await readOwnMetadata(folders.published, options.keys);
    return { own, chains: await readOwnChains(own) };
  };
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const before = await read();
    const held = await withYankKeys(before.own, await loadAllKeys(options), options, env);
    const plans = plan(before, held);
    requireNoTeam(plans.keys());
    const made = [...plans].map(([role, { added }]) => new MadeKeys(role, added, env));
    const changes: KeyChanges = new Map(
      made.map(({ role, publicKeys }) => [role, { ...plans.get(role), gone: goneOf(plans, role), added: publicKeys }]),
    );
    const keys = new Map(held);
    for (const { role, signers } of made) keys.set(role, [...(held.get(role) ?? []), ...signers]);
    if (made.every(({ role }) => goneOf(plans, role).size === 0)) {
      const mended = await publishRenewal(folders, before, [], options, env);
      return { ...mended, newKeys: [], retired: await retireUnnamed(await read(), plans, options.keys) };
    }
    // Nothing is written before it is known that all can be signed.
    let rekeyed = await rekeyedEdition(before, changes, keys, env);
    for (const ofRole of made) await ofRole.store(options, env);
    const files: string[] = [];
    const others = recordSigners(before, changes, keys);
    if (others !== undefined) {
      files.push(...(await signUnderLock(folders, folders, options, env, others)).files);
      rekeyed = await rekeyedEdition(await read(), changes, keys, env);
    }
    const result = await publishRenewal(folders, await read(), rekeyed.edition, options, env, rekeyed.bins);
    return {
      ...result,
      files: [...files, ...result.files],
      newKeys: made.flatMap(({ publicKeys }) => publicKeys.map(hexOf)),
      retired: await retireUnnamed(await read(), plans, options.keys),
      warnings: [...rekeyed.heldElsewhere.map(notRenewed), ...result.warnings],
    };
  });
}

/** A team makes its keys itself, apart from the channel's. */
function requireNoTeam(roles: Iterable<string>): void {
  const team = [...roles].find((role) => isTeamName(role) && !Object.hasOwn(DEFAULT_ROLE_KEYS, role));
  if (team === undefined) return;
  throw new UsageError('usage', `${team} is a team, whose keys are its own`, {
    hint: `Have it make new ones (antivenom team keys ${team} --replace), and name those: antivenom delegate CHANNEL ${team} --key FILE`,
    details: { team },
  });
}

function goneOf(plans: KeyPlans, role: string): ReadonlySet<string> {
  return plans.get(role)?.gone ?? new Set();
}

/**
 * Who signs records while the keys that sign them change hands: in a publication of its own before the one that delegates to
 * the new keys, by old and new ones, so that whoever reads either finds signatures of those who are delegated.
 *
 * @returns undefined where they stay
 */
function recordSigners(
  { chains }: Standing,
  changes: KeyChanges,
  keys: RoleSigners,
): readonly RecordSigners[] | undefined {
  const roleOf = ({ chain }: OwnChain) => CHAIN_KEYS[chain.client].pkgMgr;
  if (!chains.some((own) => changes.has(roleOf(own)))) return undefined;
  return chains.map((own) => {
    const [role, before] = [roleOf(own), chainKeys(own.keyMgr.pkgMgr)];
    const after = keysAfter(role, before, changes);
    const signers = after === before ? heldOf(role, before, keys) : handOver(role, before, after, keys);
    // Where a key is lost, what it signed is all that there is by it.
    return { chain: own.chain, signers, kept: before.keys.map(hexOf) };
  });
}

/** Keys of a role that nothing names yet. */
class MadeKeys {
  readonly role: string;
  readonly signers: readonly FileSigner[];
  readonly #seeds: readonly Uint8Array[];

  constructor(role: string, count: number, env: PublisherEnv) {
    this.role = role;
    this.#seeds = Array.from({ length: count }, () => env.randomBytes(32));
    this.signers = this.#seeds.map((seed) => new FileSigner(seed));
  }

  get publicKeys(): PublicKey[] {
    return this.signers.map(({ publicKey }) => publicKey);
  }

  /** Writes them, encrypted. */
  async store({ keys, onlinePassphrase, offlinePassphrase }: AllKeysOptions, env: PublisherEnv): Promise<void> {
    if (this.#seeds.length === 0) return;
    const folder = await folderOf(this.role, keys);
    const passphrase = await (basename(folder) === 'online' ? onlinePassphrase() : offlinePassphrase());
    const randomBytes = (length: number) => env.randomBytes(length);
    const making = { passphrase, cost: DEFAULT_SCRYPT_COST, randomBytes };
    await addKeys(folder, this.role, this.#seeds, making);
  }
}

/** Moves the files of these roles' keys that nothing names. @returns where they are now, within the key folder */
async function retireUnnamed(standing: Standing, plans: KeyPlans, keys: string): Promise<string[]> {
  const named = new Set(
    delegationsOf(standing).flatMap(({ role, keys: { keys } }) => keys.map((key) => `${role} ${hexOf(key)}`)),
  );
  const retired: string[] = [];
  for (const role of plans.keys()) {
    for (const file of await readKeyFiles(await folderOf(role, keys))) {
      const { header } = file;
      if (header.role !== role || named.has(`${role} ${header.publicKey}`)) continue;
      retired.push(relative(keys, await retireKeyFile(file)).replaceAll('\\', '/'));
    }
  }
  return retired;
}

/** Where the keys of a role lie, and new ones come. */
async function folderOf(role: string, keys: string): Promise<string> {
  const online = join(keys, 'online');
  const isThere = isOnlineRole(role) || (await readKeyFiles(online)).some(({ header }) => header.role === role);
  return isThere ? online : join(keys, 'offline');
}
