/** Adopts a channel that was signed with conda-content-trust: its chain, its keys, and those of its signatures that are good. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPODATA, RecordSignatures, scanRepodata, type TrustedCctChain } from '@antivenom/core';
import { findChainFolder, readAdoptedChain, requireContinuation } from './channel/adopted-chain.ts';
import { findChannel } from './channel/channel-folder.ts';
import { INDEX_LIMITS } from './indexes/source-index.ts';
import { indexedSubdirs } from './indexes/source-subdirs.ts';
import { beginChannel } from './init.ts';
import type { ImportCctOptions, ImportCctResult, PublisherEnv } from './operations.ts';
import { adoptKeys } from './roles/adopted-keys.ts';

/**
 * Makes the channel ours, as `initChannel` does, around the chain that its consumers trust already: its files stay byte for byte,
 * its keys sign on.
 *
 * @param options `for` names the clients, others than conda, whose chains are made
 * @throws VerificationError, MalformedError, FreshnessError for a chain that is no good, or has expired
 * @throws UsageError `already-initialised`, `usage` for keys of others
 * @throws StoreError `key-missing` without the keys that sign records
 */
export async function importCct(
  channel: string,
  options: ImportCctOptions,
  env: PublisherEnv,
): Promise<ImportCctResult> {
  const { source } = await findChannel(channel);
  const chainFolder = options.chain ?? (await findChainFolder(source));
  const chain = await readAdoptedChain(chainFolder, env.now);
  await requireContinuation(source, chain);
  const { trusted, files } = chain;
  const { seeds, pkgMgr, adopted, unusedKeys } = await adoptKeys(options.rawKeys, trusted);
  const made = await beginChannel(channel, options, { files, seeds }, env);
  return { ...made, chainFolder, ...(await countSignatures(source, trusted, pkgMgr)), adopted, unusedKeys };
}

/** What of the records' signatures the next `sign` can keep: those of every key that signs from now on. */
async function countSignatures(
  source: string,
  chain: TrustedCctChain,
  pkgMgr: ReadonlySet<string>,
): Promise<Pick<ImportCctResult, 'signatures' | 'badSignatures'>> {
  const signatures = { kept: 0, new: 0 };
  const badSignatures: string[] = [];
  for (const { subdir, folder, names } of await indexedSubdirs(source)) {
    if (!names.has(REPODATA)) continue;
    const repodata = scanRepodata(await readFile(join(folder, REPODATA)), INDEX_LIMITS);
    const found = new RecordSignatures(repodata);
    for (const slice of repodata.records) {
      const { map, file } = slice;
      const record = repodata.record(slice);
      if (map.startsWith('v3.') || !record.has('subdir')) continue;
      const question = { subdir, file, map, record, signatures: found.of(file), checkNames: false };
      const verdict = chain.checkRecord(question);
      const isKept = verdict.status === 'signed' && [...pkgMgr].every((key) => verdict.keys.includes(key));
      signatures[isKept ? 'kept' : 'new']++;
      if (verdict.status === 'refused' && verdict.code === 'bad-signature') badSignatures.push(`${subdir}/${file}`);
    }
  }
  return { signatures, badSignatures };
}
