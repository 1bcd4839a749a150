/** Signs the offline roles anew, with the same keys, before they expire. */
import { join } from 'node:path';
import { signTuf } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { loadKeys, type RoleSigners } from '@antivenom/signers';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { readOwnChains } from './channel/own-chains.ts';
import { type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import type { PublisherEnv, RenewOptions, RenewResult, Warning } from './operations.ts';
import { type MetadataFile, type SignedRole, signEdition, underHashes } from './publication/edition.ts';
import { publishRenewal } from './publication/publish-renewal.ts';
import { renewedChain } from './roles/chain-signing.ts';
import { renewOnline } from './roles/online-renewal.ts';
import { reissue } from './roles/reissue.ts';
import { signersOf } from './roles/role-signers.ts';
import { signTargets } from './roles/targets-signing.ts';
import { NOTHING_SETTLED, type SettledYanks, settleYanks, withYankKeys } from './roles/yank-lists.ts';

/**
 * Signs root, targets and the chains of record signatures anew, then what follows from them. Consumers of any earlier root
 * follow: the new one is signed by the keys of both.
 *
 * @throws UsageError `not-initialised`, `wrong-passphrase`
 * @throws StoreError `store-corrupt`, `key-missing`, `locked`
 */
export async function renewChannel(channel: string, options: RenewOptions, env: PublisherEnv): Promise<RenewResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const before = await readOwnChains(own);
    const keys = await withYankKeys(own, await loadAllKeys(options), options, env);
    const chains: MetadataFile[] = [];
    const heldElsewhere: string[] = [];
    for (const chain of before) {
      const renewed = await renewedChain(chain, keys, env.now);
      chains.push(...renewed.files);
      heldElsewhere.push(...renewed.heldElsewhere);
    }
    const yanks = await settleYanks(own, keys, env.now);
    const { changes, pkgMgrs, bins } = await renewOnline(own, before, keys, env.now, env.progress, yanks.members);
    const targets = await renewTargets(own, chains, keys, env.now, yanks);
    const roles = [targets, ...yanks.first, ...(changes.roles ?? [])];
    const root = await renewRoot(own, keys, env.now);
    const signed = await signEdition(own, { ...changes, root, roles }, keys, env.now);
    const edition = [...underHashes([...chains, ...pkgMgrs, ...yanks.lists]), ...signed];
    const result = await publishRenewal(folders, { own, chains: before }, edition, options, env, bins);
    return { ...result, warnings: [...heldElsewhere.map(notRenewed), ...result.warnings] };
  });
}

export function notRenewed(role: string): Warning {
  const message = `${role} was not renewed: too few of its keys are in the key folder; whoever holds them signs it, and import cct --chain takes it over`;
  return { kind: 'not-renewed', about: role, message };
}

export async function loadAllKeys(options: RenewOptions): Promise<RoleSigners> {
  const offline = await loadKeys(join(options.keys, 'offline'), await options.offlinePassphrase());
  const online = await loadKeys(join(options.keys, 'online'), await options.onlinePassphrase());
  return new Map([...offline, ...online]);
}

export async function renewRoot(own: OwnMetadata, keys: RoleSigners, now: number): Promise<SignedRole> {
  const version = own.root.version + 1;
  const signers = signersOf('root', own.root.roles.root, keys);
  return {
    role: 'root',
    path: `tuf/${version}.root.json`,
    version,
    bytes: await signTuf(reissue('root', own.root, now), signers, nodeCrypto),
  };
}

/** The next targets, which lists these files of chains besides. */
export async function renewTargets(
  own: OwnMetadata,
  chains: readonly MetadataFile[],
  keys: RoleSigners,
  now: number,
  { offline, delegations }: Pick<SettledYanks, 'offline' | 'delegations'> = NOTHING_SETTLED,
) {
  const signers = signersOf('targets', own.root.roles.targets, keys);
  return signTargets(own, { files: [...chains, ...offline], delegations }, { signers, now });
}
