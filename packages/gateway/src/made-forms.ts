/** Forms of an index that are made here, from a verified one: those that upstream lacks, and all where records are left out. */

import { INDEX_JSON } from '@antivenom/client';
import {
  buildShards,
  CURRENT_REPODATA,
  currentRecords,
  headRedirects,
  REPODATA,
  type RecordSlice,
  type Repodata,
  scanRepodata,
  selectRecords,
  twinOf,
  withoutHeadRedirects,
  writeShardIndex,
} from '@antivenom/core';
import { compressBzip2, compressZstd, compressZstdSync, nodeCrypto } from '@antivenom/node';

/** Made when asked for, while somebody waits: a level that costs little. */
const ZSTD_LEVEL = 6;

/** Which forms {@link madeIndex} makes. */
export function canBeMade(name: string): boolean {
  const base = twinOf(name)?.base ?? name;
  return base === REPODATA || base === CURRENT_REPODATA;
}

/** The index without the records that are left out, and without what would send clients elsewhere. */
export function offeredIndex(source: Repodata, leftOut: ReadonlyMap<RecordSlice, unknown>): Repodata {
  let offered = source;
  if (leftOut.size > 0)
    offered = scanRepodata(
      selectRecords(source, (slice) => !leftOut.has(slice)),
      INDEX_JSON,
    );
  if (headRedirects(offered).length > 0) offered = scanRepodata(withoutHeadRedirects(offered), INDEX_JSON);
  return offered;
}

/** @param name one that {@link canBeMade} */
export function madeIndex(name: string, offered: Repodata): Promise<Uint8Array> {
  const base = twinOf(name)?.base ?? name;
  if (base === REPODATA) return compressedAs(name, offered.bytes);
  const current = currentRecords(offered);
  return compressedAs(
    name,
    selectRecords(offered, (slice) => current.has(slice)),
  );
}

/** Compressed by what the name's end says. */
export async function compressedAs(name: string, content: Uint8Array): Promise<Uint8Array> {
  switch (twinOf(name)?.compression) {
    case 'zst':
      return compressZstd(content, ZSTD_LEVEL);
    case 'bz2':
      return compressBzip2(content);
    default:
      return content;
  }
}

/** Shards one after the other, and where each stands: thirty thousand files would take their time. */
export interface MadeShards {
  /** Compressed, as `repodata_shards.msgpack.zst`. */
  readonly index: Uint8Array;
  readonly shards: Uint8Array;
  /** By SHA-256, hex. */
  readonly parts: ReadonlyMap<string, { readonly offset: number; readonly length: number }>;
}

export async function madeShards(offered: Repodata): Promise<MadeShards> {
  const compress = (bytes: Uint8Array) => compressZstdSync(bytes, ZSTD_LEVEL);
  const { index, shards } = buildShards(offered, { crypto: nodeCrypto, compress });
  const parts = new Map<string, { offset: number; length: number }>();
  let offset = 0;
  for (const [sha256, bytes] of shards) {
    parts.set(sha256, { offset, length: bytes.length });
    offset += bytes.length;
  }
  return {
    index: await compressZstd(writeShardIndex(index), ZSTD_LEVEL),
    shards: Buffer.concat([...shards.values()]),
    parts,
  };
}
