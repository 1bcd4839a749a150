/** The verified records of one subdir, each found by its file's name. */
import {
  allowedHosts,
  checkRedirects,
  fileOf,
  headRedirects,
  type JsonObject,
  parsePackageFileName,
  type Repodata,
  readShard,
  readShardIndex,
  SHARD_INDEX,
  type Shard,
  type ShardIndex,
  shardFileName,
} from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import { fetchShard } from '../channel/fetch-shard.ts';
import { fetchTarget } from '../channel/fetch-target.ts';
import { entryOf, readIndex } from '../channel/find-record.ts';
import type { OpenChannel, ProvenChannel } from '../channel/open-channel.ts';
import type { IndexedRecord } from '../channel/record-check.ts';
import type { ClientEnv } from '../client-env.ts';
import { INDEX_JSON, MAX_SHARD_LENGTH } from '../limits.ts';

export interface FoundEntry {
  readonly entry: IndexedRecord;
  /** Of a `.conda` file: the record of its `.tar.bz2` twin, where there is one. */
  readonly twin: JsonObject | undefined;
}

export interface SubdirRecords {
  /** Where the index says that its packages stand, as it says it; undefined: beside the index. */
  readonly baseUrl: string | undefined;
  /** @returns undefined where the index does not list the file */
  find(file: string): Promise<FoundEntry | undefined>;
}

/**
 * Shards where they do, else the whole index. Shards carry no record signatures: where a channel signs records, those must be
 * looked at, whatever the policy asks for.
 *
 * @returns undefined where the channel has no such subdir
 * @throws VerificationError, MalformedError by what is wrong with the index
 * @throws DownloadError `not-held`, `unreachable`
 */
export async function openSubdir(
  channel: OpenChannel,
  subdir: string,
  env: ClientEnv,
): Promise<SubdirRecords | undefined> {
  if (channel.kind === 'tuf' && channel.cct === undefined) {
    const sharded = await openShards(channel, subdir, env);
    if (sharded !== undefined) return sharded;
  }
  const index = await readIndex(channel, subdir, env);
  if (index === undefined) return undefined;
  // What its owner signed may lead where its owner likes; what nobody proved may not.
  if (channel.kind === 'cct') {
    const allowHosts = allowedHosts(env.policy, channel.key);
    checkRedirects(headRedirects(index), { subdir, channelUrl: channel.key, allowHosts });
  }
  return new WholeIndex(index);
}

class WholeIndex implements SubdirRecords {
  readonly baseUrl: string | undefined;
  readonly #index: Repodata;

  constructor(index: Repodata) {
    this.#index = index;
    this.baseUrl = textOf(index.info, 'base_url');
  }

  async find(file: string): Promise<FoundEntry | undefined> {
    const slice = this.#index.find(file);
    if (slice === undefined) return undefined;
    const twinFile = twinFileOf(file);
    const twin = twinFile === undefined ? undefined : this.#index.find(twinFile);
    return { entry: entryOf(this.#index, slice), twin: twin && this.#index.record(twin) };
  }
}

async function openShards(channel: ProvenChannel, subdir: string, env: ClientEnv): Promise<SubdirRecords | undefined> {
  const target = channel.listing.get(`${subdir}/${SHARD_INDEX}`);
  const fetched = target && (await fetchTarget(target, channel, env));
  if (fetched === undefined) return undefined;
  const index = readShardIndex(nodeDecompression.zstdSync(fetched.bytes, INDEX_JSON.maxBytes), INDEX_JSON);
  return new ShardedIndex(index, channel, subdir, env);
}

class ShardedIndex implements SubdirRecords {
  readonly baseUrl: string | undefined;
  readonly #index: ShardIndex;
  readonly #channel: ProvenChannel;
  readonly #subdir: string;
  readonly #env: ClientEnv;
  readonly #shards = new Map<string, Promise<Shard>>();

  constructor(index: ShardIndex, channel: ProvenChannel, subdir: string, env: ClientEnv) {
    this.baseUrl = textOf(index.info, 'base_url');
    this.#index = index;
    this.#channel = channel;
    this.#subdir = subdir;
    this.#env = env;
  }

  async find(file: string): Promise<FoundEntry | undefined> {
    const { name } = parsePackageFileName(file);
    const sha256 = this.#index.shards.get(name);
    if (sha256 === undefined) return undefined;
    const reading = this.#shards.get(name) ?? this.#read(name, sha256);
    this.#shards.set(name, reading);
    const { records } = await reading;
    const found = records.find((record) => fileOf(record) === file);
    const twin = records.find((record) => record.map === 'packages' && record.file === twinFileOf(file));
    return found && { entry: { ...found, signatures: undefined }, twin: twin?.record };
  }

  async #read(name: string, sha256: string): Promise<Shard> {
    const { cache } = this.#env;
    const kept = await cache?.read(sha256);
    const base = textOf(this.#index.info, 'shards_base_url') ?? '';
    const bytes = kept ?? (await fetchShard(this.#subdir, shardFileName(sha256), base, this.#channel, this.#env));
    const shard = readShard(bytes, name, sha256, {
      crypto: nodeCrypto,
      decompression: nodeDecompression,
      maxLength: MAX_SHARD_LENGTH,
      limits: INDEX_JSON,
    });
    if (kept === undefined && !this.#channel.url.isFile) {
      cache?.keep({ channel: this.#channel.key, path: `${this.#subdir}/shards/${name}`, sha256, bytes });
    }
    return shard;
  }
}

function twinFileOf(file: string): string | undefined {
  return file.endsWith('.conda') ? file.replace(/\.conda$/, '.tar.bz2') : undefined;
}

function textOf(info: JsonObject | undefined, member: string): string | undefined {
  const value = info?.get(member);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
