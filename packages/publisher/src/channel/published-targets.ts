/** The files that our TUF metadata lists: where they stand in the published folder, and their bytes, checked. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import {
  buildTargets,
  hashPrefixedUrlPath,
  isChainFile,
  type JsonObject,
  readShardIndex,
  StoreError,
  shardFileName,
  type TargetFields,
  type TargetFile,
  type Targets,
} from '@antivenom/core';
import { joinInside, nodeCrypto, nodeDecompression, readFileIfThere, sha256Hex } from '@antivenom/node';

/** What is known of an index file: its path within the channel, its length in bytes, its SHA-256 in hex. */
export interface FileFacts {
  /** `linux-64/repodata.json` */
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
}

const MAX_SHARD_INDEX = { maxBytes: 2 ** 28, maxDepth: 64 };

export function factsOf(path: string, bytes: Uint8Array): FileFacts {
  return { path, length: bytes.length, sha256: sha256Hex(bytes) };
}

/** The same of a file that may be larger than memory. */
export async function factsOfFile(path: string, file: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { path, length, sha256: hash.digest('hex') };
}

/** As TUF metadata lists it. */
export function targetFields({ path, length, sha256 }: FileFacts): TargetFields {
  return { path, length, hashes: new Map([['sha256', sha256]]) };
}

/** The member `targets` of metadata that lists these files, by path. */
export function targetsMember(files: Iterable<FileFacts>): JsonObject {
  const targets = [...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map(targetFields);
  const member = buildTargets({ version: 1, expires: 0, targets }, nodeCrypto).get('targets');
  return member instanceof Map ? member : new Map();
}

/** The member `targets` of a role that lists these files besides, or in place of earlier ones. */
export function withFiles(
  role: Targets,
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): JsonObject {
  const listed = new Map([...role.targets.values()].map((target) => [target.path, factsOfTarget(target)]));
  for (const { path, bytes } of files) listed.set(path, factsOf(path, bytes));
  return targetsMember(listed.values());
}

/** The other way round, for metadata of ours, which always states SHA-256. */
export function factsOfTarget({ path, length, hashes }: TargetFile): FileFacts {
  const sha256 = hashes.get('sha256');
  if (sha256 !== undefined) return { path, length, sha256 };
  throw new StoreError('store-corrupt', `the metadata states no SHA-256 of ${path}`, {
    hint: 'It was not written by Antivenom: restore the folder tuf from a copy.',
  });
}

/** Where a target stands under its hash, relative to the published folder: `tuf/targets/noarch/<hash>.repodata.json`. */
export function hashPrefixedPath({ path, sha256 }: FileFacts): string {
  return `tuf/targets/${hashPrefixedUrlPath(path, sha256)}`;
}

/** The files of index forms that the index role lists, without those of chains. */
export function indexForms({ targets }: Pick<Targets, 'targets'>): TargetFile[] {
  return [...targets.values()].filter(({ path }) => !isChainFile(path));
}

export function ordinaryPath(folder: string, path: string): string {
  return joinInside(folder, path);
}

/**
 * The bytes of a published target, from its hash-prefixed place.
 *
 * @throws StoreError `store-corrupt` where it is missing or was changed.
 */
export async function readTarget(folder: string, facts: FileFacts): Promise<Uint8Array> {
  const name = hashPrefixedPath(facts);
  const bytes = await readFileIfThere(join(folder, name));
  if (bytes !== undefined && sha256Hex(bytes) === facts.sha256) return bytes;
  throw new StoreError(
    'store-corrupt',
    `${join(folder, name)} ${bytes === undefined ? 'is not there' : 'was changed'}`,
    {
      hint: 'Nothing was signed. Restore the folder tuf from a copy or a mirror of the channel, then try again.',
      details: { file: name },
    },
  );
}

/** The file names of the shards that a published shard index lists. */
export async function readShardNames(folder: string, index: FileFacts): Promise<string[]> {
  const bytes = nodeDecompression.zstdSync(await readTarget(folder, index), MAX_SHARD_INDEX.maxBytes);
  return [...readShardIndex(bytes, MAX_SHARD_INDEX).shards.values()].map(shardFileName);
}
