/** Do the forms of one subdir's index tell one story, and what is it? */
import {
  CURRENT_REPODATA,
  contradicts,
  indexContent,
  jsonEquals,
  REPODATA,
  type Repodata,
  readJson,
  readShard,
  readShardIndex,
  type Shard,
  scanRepodata,
  shardFileName,
  twinOf,
  twinsOf,
  VerificationError,
  verifyAgreement,
} from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import { INDEX_JSON, MAX_SHARD_LENGTH } from '../limits.ts';
import { forEachParallel } from '../parallel.ts';

export function contentOf(name: string, bytes: Uint8Array): Uint8Array {
  return indexContent(name, bytes, nodeDecompression, INDEX_JSON.maxBytes);
}

/**
 * Of an index and its twins the first that is there.
 *
 * @param base `repodata.json`
 * @param forms name → bytes, proved
 */
export function firstForm(
  base: string,
  forms: ReadonlyMap<string, Uint8Array>,
): { name: string; bytes: Uint8Array } | undefined {
  for (const name of [base, ...twinsOf(base).map((twin) => twin.name)]) {
    const bytes = forms.get(name);
    if (bytes !== undefined) return { name, bytes };
  }
  return undefined;
}

/**
 * Holds a form against the source.
 *
 * @returns the form where it is a list of records in bytes of its own
 * @throws VerificationError `forms-differ`
 * @throws MalformedError
 */
export function verifyForm(
  path: string,
  name: string,
  bytes: Uint8Array,
  source: Repodata,
  forms: ReadonlyMap<string, Uint8Array>,
): Repodata | undefined {
  const base = twinOf(name)?.base;
  const isRepodata = name === REPODATA || base === REPODATA;
  const isCurrent = name === CURRENT_REPODATA || base === CURRENT_REPODATA;
  if (isRepodata || isCurrent) {
    const content = contentOf(name, bytes);
    if (Buffer.compare(content, source.bytes) === 0) return undefined;
    const derived = scanRepodata(content, INDEX_JSON);
    verifyAgreement(path, contradicts(source, derived));
    if (isRepodata) verifyAgreement(path, contradicts(derived, source));
    return derived;
  }
  const twin = base === undefined ? undefined : forms.get(base);
  if (twin === undefined) return undefined;
  const content = contentOf(name, bytes);
  if (Buffer.compare(content, twin) === 0 || jsonEquals(readJson(content, INDEX_JSON), readJson(twin, INDEX_JSON)))
    return undefined;
  throw new VerificationError('forms-differ', `${path} and ${base} tell different stories`, {
    hint: 'Tell the owner of the channel to index and sign it again.',
    details: { form: path },
  });
}

/**
 * Fetches and proves every shard of a proved shard index.
 *
 * @param fetch the compressed bytes of a shard by its file name, below the address that the index states
 * @throws VerificationError `hash-mismatch`, `name-mismatch`, `not-held`
 * @throws MalformedError
 */
export async function readShards(
  index: Uint8Array,
  fetch: (name: string, base: string) => Promise<Uint8Array>,
): Promise<Shard[]> {
  const { info, shards } = readShardIndex(nodeDecompression.zstdSync(index, INDEX_JSON.maxBytes), INDEX_JSON);
  const stated = info.get('shards_base_url');
  const base = typeof stated === 'string' ? stated : '';
  const reading = {
    crypto: nodeCrypto,
    decompression: nodeDecompression,
    maxLength: MAX_SHARD_LENGTH,
    limits: INDEX_JSON,
  };
  const read: Shard[] = [];
  // Each is a round trip, and a channel may have thirty thousand.
  await forEachParallel([...shards], 8, async ([name, sha256], at) => {
    read[at] = readShard(await fetch(shardFileName(sha256), base), name, sha256, reading);
  });
  return read;
}
