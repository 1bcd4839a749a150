/** May the forms that stand beside a `repodata.json` be made anew from it, or do they say something of their own? */
import { join } from 'node:path';
import {
  type Contradiction,
  compareShards,
  contradicts,
  DERIVED_INDEX_FORMS,
  indexContent,
  MalformedError,
  readShard,
  readShardIndex,
  SHARD_INDEX,
  scanRepodata,
  shardFileName,
  VerificationError,
  verifyAgreement,
} from '@antivenom/core';
import { joinInside, nodeCrypto, nodeDecompression, readFileIfThere, sha256Hex } from '@antivenom/node';

import type { Refused } from '../operations.ts';
import { INDEX_LIMITS, refusalOf, type SourceIndex } from './source-index.ts';

/** What decides whether a form may be replaced. */
export interface ReplacementRules {
  /** Whether a file of this path and SHA-256 was published by us. */
  isOurs(path: string, sha256: string): boolean;
  /** Replace any form. */
  readonly rebuild: boolean;
}

/**
 * Checks each derived form in the source's folder: it is what we published, or each of its records is the source's. Others
 * are named in `refused`.
 */
export async function checkDerivedForms(
  folder: string,
  names: ReadonlySet<string>,
  source: SourceIndex,
  rules: ReplacementRules,
  refused: Refused[],
): Promise<void> {
  if (rules.rebuild) return;
  for (const name of DERIVED_INDEX_FORMS) {
    if (!names.has(name)) continue;
    const path = `${source.subdir}/${name}`;
    const bytes = await readFileIfThere(join(folder, name));
    if (bytes === undefined || rules.isOurs(path, sha256Hex(bytes))) continue;
    try {
      const contradictions =
        name === SHARD_INDEX
          ? await shardContradictions(folder, bytes, source)
          : contradicts(source.repodata, scanRepodata(contentOf(name, bytes), INDEX_LIMITS));
      verifyAgreement(path, contradictions);
    } catch (error) {
      refused.push(withRebuildHint(path, refusalOf(path, error)));
    }
  }
}

function withRebuildHint(path: string, refused: Refused): Refused {
  const { message } = refused;
  return {
    ...refused,
    message: message.includes(path) ? message : `${path}: ${message}`,
    hint: 'Index the channel again, or have the form rebuilt from repodata.json: sign --rebuild.',
  };
}

export function contentOf(name: string, bytes: Uint8Array): Uint8Array {
  return indexContent(name, bytes, nodeDecompression, INDEX_LIMITS.maxBytes);
}

/** A shard index that lists fewer records contradicts nothing: it is rebuilt with all of them. */
async function shardContradictions(folder: string, bytes: Uint8Array, source: SourceIndex): Promise<Contradiction[]> {
  const index = readShardIndex(nodeDecompression.zstdSync(bytes, INDEX_LIMITS.maxBytes), INDEX_LIMITS);
  const base = index.info.get('shards_base_url');
  const shardFolder = typeof base === 'string' ? folderOf(folder, base) : folder;
  const shards = [];
  for (const [name, sha256] of index.shards) {
    const compressed = await readFileIfThere(join(shardFolder, shardFileName(sha256)));
    if (compressed === undefined) {
      throw new VerificationError(
        'missing',
        `${source.subdir}/${SHARD_INDEX} names a shard of ${name} that is not there`,
      );
    }
    const maxLength = INDEX_LIMITS.maxBytes;
    shards.push(
      readShard(compressed, name, sha256, {
        crypto: nodeCrypto,
        decompression: nodeDecompression,
        maxLength,
        limits: INDEX_LIMITS,
      }),
    );
  }
  return compareShards(source.repodata, shards).filter(({ reason }) => reason !== 'missing');
}

function folderOf(folder: string, base: string): string {
  const relative = base.replace(/^\.\//, '').replace(/\/$/, '');
  if (relative === '' || relative === '.') return folder;
  if (relative.includes('://'))
    throw new MalformedError(`\`shards_base_url\` leads to ${base}, so the shards cannot be compared`);
  return joinInside(folder, relative);
}
