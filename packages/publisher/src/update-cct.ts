/** Takes over what was renewed elsewhere of a chain that was adopted without all its keys. */
import { CONDA_CHAIN, FreshnessError, UsageError, VerificationError } from '@antivenom/core';
import { readAdoptedChain } from './channel/adopted-chain.ts';
import { findChannel, requirePublished, withChannelLock } from './channel/channel-folder.ts';
import { type OwnChain, readOwnChains } from './channel/own-chains.ts';
import { type OwnMetadata, readOwnMetadata } from './channel/own-metadata.ts';
import { factsOf } from './channel/published-targets.ts';
import type { PublisherEnv, RenewResult, UpdateCctOptions } from './operations.ts';
import { type Edition, type MetadataFile, signEdition, underHashes } from './publication/edition.ts';
import { publishRenewal } from './publication/publish-renewal.ts';
import { loadAllKeys } from './renew.ts';
import { recordSignersOf } from './roles/chain-signing.ts';
import { signOffline } from './roles/offline-signing.ts';
import { withYankKeys } from './roles/yank-lists.ts';

/**
 * Publishes newer roots and a newer key_mgr of conda's chain, byte for byte.
 *
 * @throws VerificationError, MalformedError for a chain that is no good, or does not go on from the one that stands
 * @throws FreshnessError `rollback`, `expired`
 * @throws UsageError `usage` for a channel without conda's chain; `not-initialised`, `wrong-passphrase`
 * @throws StoreError `key-missing` where the newer key_mgr delegates to others than sign records here
 */
export async function updateCct(channel: string, options: UpdateCctOptions, env: PublisherEnv): Promise<RenewResult> {
  const folders = await findChannel(channel);
  await requirePublished(folders);
  return withChannelLock(folders, env.lockWaitMs, async () => {
    const own = await readOwnMetadata(folders.published, options.keys);
    const chains = await readOwnChains(own);
    const before = chains.find(({ chain }) => chain === CONDA_CHAIN);
    if (before === undefined) {
      throw new UsageError('usage', `${folders.published} has no chain for conda that could be newer elsewhere`, {
        hint: 'A chain is adopted where a channel begins: antivenom import cct, into a channel without trust metadata.',
      });
    }
    const { trusted, files } = await readAdoptedChain(options.chain, env.now);
    const { root, keyMgr } = trusted;
    if (keyMgr === undefined) throw new Error('key_mgr was taken and is not there');
    requireNewer(before, { root: root.version, key_mgr: keyMgr.version });
    const newer = files.filter(({ path, bytes }) => !isListed(own, path, bytes));
    requireContinued(own, newer);
    const keys = await withYankKeys(own, await loadAllKeys(options), options, env);
    recordSignersOf({ ...before, root, keyMgr }, keys);
    const edition = newer.length === 0 ? [] : await signNewer();
    return publishRenewal(folders, { own, chains }, edition, options, env);

    async function signNewer(): Promise<Edition> {
      const { roles, lists } = await signOffline(own, { files: newer }, keys, env.now);
      return [...underHashes([...newer, ...lists]), ...(await signEdition(own, { roles }, keys, env.now))];
    }
  });
}

function requireNewer(before: OwnChain, found: { readonly root: number; readonly key_mgr: number }): void {
  for (const [role, version, known] of [
    ['root', found.root, before.root.version],
    ['key_mgr', found.key_mgr, before.keyMgr.version],
  ] as const) {
    if (version >= known) continue;
    throw new FreshnessError('rollback', `the ${role} to be taken over is version ${version}; ${known} is published`, {
      hint: 'Name the folder of the newest chain with --chain.',
      details: { role, found: version, known },
    });
  }
}

function isListed(own: OwnMetadata, path: string, bytes: Uint8Array): boolean {
  return own.targets.targets.get(path)?.hashes.get('sha256') === factsOf(path, bytes).sha256;
}

/** Consumers who follow a root that was published would never follow another of its number. */
function requireContinued(own: OwnMetadata, newer: readonly MetadataFile[]): void {
  const changed = newer.find(({ path }) => path.endsWith('.root.json') && own.targets.targets.has(path));
  if (changed === undefined) return;
  throw new VerificationError(
    'version-mismatch',
    `${changed.path} is published with other bytes: this is another chain`,
    {
      hint: 'Name the folder of the chain that goes on from the published one.',
      details: { file: changed.path },
    },
  );
}
