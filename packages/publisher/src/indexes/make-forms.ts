/** Making every form of a subdir's index from its `repodata.json`, so that all tell one story. */
import {
  buildShards,
  CURRENT_REPODATA,
  currentRepodata,
  REPODATA,
  SHARD_INDEX,
  scanRepodata,
  shardFileName,
  twinsOf,
  withoutSignatures,
  withSignatures,
  writeShardIndex,
} from '@antivenom/core';
import { compressBzip2, compressZstd, compressZstdSync, nodeCrypto } from '@antivenom/node';
import type { FileFacts } from '../channel/published-targets.ts';
import type { Staging } from '../publication/staging.ts';
import type { SignedRecords } from './record-signing.ts';
import { INDEX_LIMITS, type SourceIndex } from './source-index.ts';

/**
 * 12 rather than the 16 that indexers use: on real indexes some 3 % larger, five times as fast, and the publisher makes
 * each form anew whenever a record changes.
 */
export const DEFAULT_ZSTD_LEVEL = 12;

export interface FormPlan {
  /** Names of the forms that stand in the folder. */
  readonly names: ReadonlySet<string>;
  readonly zstdLevel: number;
  /** What the last publication holds of a path, where that follows from these very bytes of `repodata.json`. */
  known(path: string, repodata: FileFacts): Promise<FileFacts | undefined>;
  /** Whether every shard that a published index names is there. */
  hasShards(index: FileFacts): Promise<boolean>;
}

export interface MadeForms {
  readonly files: readonly FileFacts[];
  /** Bytes of `repodata.json.zst` without and with signatures; undefined where the index is as it was. */
  readonly growth: { readonly unsigned: number; readonly signed: number } | undefined;
}

/** The bytes of `repodata.json` as it is published: the indexer's own, with the signatures of the channel. */
export function signedRepodata(source: SourceIndex, signed: SignedRecords | undefined): Uint8Array {
  if (signed === undefined) return source.repodata.bytes;
  if (signed.signatures.size === 0) return withoutSignatures(source.repodata);
  return withSignatures(source.repodata, signed.signatures);
}

/** Makes `repodata.json`, `repodata.json.zst` and every form that the folder has, into the staging folder. */
export async function makeForms(
  source: SourceIndex,
  signed: SignedRecords | undefined,
  plan: FormPlan,
  staging: Staging,
): Promise<MadeForms> {
  const bytes = signedRepodata(source, signed);
  const repodata = await staging.addTarget(`${source.subdir}/${REPODATA}`, bytes);
  const making = { source, plan, staging, repodata };
  const zstPath = `${source.subdir}/${REPODATA}.zst`;
  const isNew = signed !== undefined && (await plan.known(zstPath, repodata)) === undefined;
  const [twins, unsigned] = await Promise.all([
    makeTwins(REPODATA, async () => bytes, new Set([...plan.names, `${REPODATA}.zst`]), making),
    isNew ? compressZstd(withoutSignatures(source.repodata), plan.zstdLevel) : undefined,
  ]);
  const files = [repodata, ...twins, ...(await makeCurrent(signed, making)), ...(await makeShards(making))];
  const zst = twins.find(({ path }) => path === zstPath);
  const growth = unsigned && zst && { unsigned: unsigned.length, signed: zst.length };
  return { files, growth };
}

interface Making {
  readonly source: SourceIndex;
  readonly plan: FormPlan;
  readonly staging: Staging;
  readonly repodata: FileFacts;
}

async function makeTwins(
  base: string,
  content: () => Promise<Uint8Array>,
  names: ReadonlySet<string>,
  { source, plan, staging, repodata }: Making,
): Promise<FileFacts[]> {
  const files: FileFacts[] = [];
  for (const { name, compression } of twinsOf(base)) {
    if (!names.has(name)) continue;
    const path = `${source.subdir}/${name}`;
    const known = await plan.known(path, repodata);
    files.push(known ?? (await staging.addTarget(path, await compress(await content(), compression, plan.zstdLevel))));
  }
  return files;
}

export async function compress(bytes: Uint8Array, compression: 'zst' | 'bz2', zstdLevel: number): Promise<Uint8Array> {
  return compression === 'zst' ? compressZstd(bytes, zstdLevel) : compressBzip2(bytes);
}

async function makeCurrent(signed: SignedRecords | undefined, making: Making): Promise<FileFacts[]> {
  const { source, plan, staging, repodata } = making;
  let made: Uint8Array | undefined;
  const content = async () => {
    made ??= signCurrent(currentRepodata(source.repodata), signed);
    return made;
  };
  const files: FileFacts[] = [];
  if (plan.names.has(CURRENT_REPODATA)) {
    const path = `${source.subdir}/${CURRENT_REPODATA}`;
    files.push((await plan.known(path, repodata)) ?? (await staging.addTarget(path, await content())));
  }
  const twins = await makeTwins(CURRENT_REPODATA, content, plan.names, making);
  return [...files, ...twins];
}

function signCurrent(bytes: Uint8Array, signed: SignedRecords | undefined): Uint8Array {
  if (signed === undefined) return bytes;
  const current = scanRepodata(bytes, INDEX_LIMITS);
  const listed = new Map([...signed.signatures].filter(([file]) => current.find(file) !== undefined));
  return listed.size === 0 ? bytes : withSignatures(current, listed);
}

/** Shards carry no record signatures: their index, which is signed, holds the hash of each. */
async function makeShards({ source, plan, staging, repodata }: Making): Promise<FileFacts[]> {
  if (!plan.names.has(SHARD_INDEX)) return [];
  const path = `${source.subdir}/${SHARD_INDEX}`;
  const known = await plan.known(path, repodata);
  if (known !== undefined && (await plan.hasShards(known))) return [known];
  const { index, shards } = buildShards(source.repodata, {
    crypto: nodeCrypto,
    compress: (bytes) => compressZstdSync(bytes, plan.zstdLevel),
  });
  for (const [sha256, bytes] of shards) await staging.addHashed(`${source.subdir}/${shardFileName(sha256)}`, bytes);
  const bytes = await compressZstd(writeShardIndex(index), plan.zstdLevel);
  return [await staging.addTarget(path, bytes)];
}
