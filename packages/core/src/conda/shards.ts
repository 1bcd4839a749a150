/**
 * Reading sharded repodata: an index from package names to hashes, and one shard a name with its records. The hash is that of the
 * shard's compressed bytes, so whoever trusts the index trusts each shard. @see https://conda.org/learn/ceps/cep-0016
 */
import { MalformedError, VerificationError } from '../errors.ts';
import { jsonEquals } from '../json/equals.ts';
import type { JsonLimits } from '../json/limits.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { readMsgpack } from '../msgpack/read.ts';
import type { MsgpackValue } from '../msgpack/value.ts';
import type { CryptoPort, DecompressionPort } from '../ports.ts';
import type { RecordMap } from './record-maps.ts';
import { refuseUnknownMap, twoStories } from './record-maps.ts';
import { fileOf } from './repodata.ts';

export interface ShardIndex {
  readonly info: JsonObject;
  /** Package name → SHA-256 (hex, 64 characters) of its shard's compressed bytes. */
  readonly shards: ReadonlyMap<string, string>;
}

export interface ShardRecord {
  readonly map: RecordMap;
  /** The record's key in its map. */
  readonly file: string;
  /** Hashes are hex, as in `repodata.json`. */
  readonly record: JsonObject;
}

export interface Shard {
  readonly records: readonly ShardRecord[];
  readonly removed: readonly string[];
}

export interface ShardReading {
  readonly crypto: CryptoPort;
  readonly decompression: DecompressionPort;
  /** Of one shard, decompressed, in bytes. */
  readonly maxLength: number;
  readonly limits: JsonLimits;
}

/** Members that are hex in JSON and bytes in a shard. */
export const HASH_MEMBER = /(^|_)(md5|sha256)$/;

/**
 * Reads a shard index from its MessagePack bytes, already decompressed.
 *
 * @throws MalformedError for bytes of another shape.
 */
export function readShardIndex(bytes: Uint8Array, limits: JsonLimits): ShardIndex {
  const index = expectMap(readMsgpack(bytes, limits), 'shard index');
  const version = index.get('version');
  // CEP 16 knows version 1 alone; one without version is of an indexer older than the CEP.
  if (version !== undefined && !(version instanceof JsonNumber && version.literal === '1')) {
    throw new MalformedError('shard index: `version` must be 1');
  }
  const info = toJson(expectMap(index.get('info'), 'shard index: `info`'), '');
  const shards = new Map<string, string>();
  for (const [name, hash] of expectMap(index.get('shards'), 'shard index: `shards`')) {
    shards.set(name, hashOf(name, hash));
  }
  return { info: info instanceof Map ? info : new Map(), shards };
}

function hashOf(name: string, hash: MsgpackValue): string {
  if (hash instanceof Uint8Array && hash.length === 32) return bytesToHex(hash);
  if (typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new MalformedError(`shard index: the hash of ${name} must be 32 bytes`);
}

/**
 * Reads the shard of a package name from its compressed bytes, which must have the hash the index states.
 *
 * @throws VerificationError `hash-mismatch` for other bytes; `name-mismatch` for a record of another package, or a file
 * that stands in two maps with different content; `unsafe-index` for a map of records that no specification names.
 * @throws MalformedError for bytes of another shape.
 */
export function readShard(compressed: Uint8Array, name: string, sha256: string, reading: ShardReading): Shard {
  const found = bytesToHex(reading.crypto.createHash('sha256').update(compressed).digest());
  if (found !== sha256) {
    throw new VerificationError(
      'hash-mismatch',
      `the shard of ${name} has the SHA-256 ${found}, the index says ${sha256}`,
      {
        hint: 'Somebody between you and the channel changed it, or the channel was published half: try again, then tell its owner.',
        details: { name, expected: sha256, found },
      },
    );
  }
  const shard = expectMap(
    readMsgpack(reading.decompression.zstdSync(compressed, reading.maxLength), reading.limits),
    `shard of ${name}`,
  );
  const records = [...shardMaps(shard, name)].flatMap(([map, entries]) =>
    [...entries].map(([file, value]) => ({ map, file, record: shardRecord(name, file, value) })),
  );
  refuseTwoStories(records);
  return { records, removed: removedOf(shard, name) };
}

function refuseTwoStories(records: readonly ShardRecord[]): void {
  const byFile = new Map<string, ShardRecord>();
  for (const item of records) {
    const file = fileOf(item);
    const other = byFile.get(file);
    if (other === undefined) byFile.set(file, item);
    else if (!jsonEquals(other.record, item.record)) throw twoStories(file, other.map, item.map);
  }
}

function* shardMaps(shard: Map<string, MsgpackValue>, name: string): Generator<[RecordMap, Map<string, MsgpackValue>]> {
  for (const key of shard.keys()) refuseUnknownMap(key, `shard of ${name}`);
  for (const map of ['packages', 'packages.conda'] as const) {
    const entries = shard.get(map);
    if (entries !== undefined) yield [map, expectMap(entries, `shard of ${name}: \`${map}\``)];
  }
  const v3 = shard.get('v3');
  if (v3 === undefined) return;
  for (const [extension, entries] of expectMap(v3, `shard of ${name}: \`v3\``)) {
    yield [`v3.${extension}`, expectMap(entries, `shard of ${name}: \`v3.${extension}\``)];
  }
}

function shardRecord(name: string, file: string, value: MsgpackValue): JsonObject {
  const record = toJson(expectMap(value, `shard of ${name}: ${file}`), '');
  if (!(record instanceof Map)) throw new MalformedError(`shard of ${name}: ${file} must be a map`);
  if (record.get('name') === name) return record;
  throw new VerificationError('name-mismatch', `the shard of ${name} holds ${file}, a record of another package`, {
    hint: 'Index the channel again; if it is not yours, tell its owner.',
    details: { name, file },
  });
}

function removedOf(shard: Map<string, MsgpackValue>, name: string): readonly string[] {
  const removed = shard.get('removed') ?? [];
  if (Array.isArray(removed) && removed.every((file) => typeof file === 'string')) return removed;
  throw new MalformedError(`shard of ${name}: \`removed\` must be a list of file names`);
}

function expectMap(value: MsgpackValue | undefined, what: string): Map<string, MsgpackValue> {
  if (value instanceof Map) return value;
  throw new MalformedError(`${what} must be a map`);
}

/** Bytes become hex where a hash stands, and nothing else may be bytes. */
function toJson(value: MsgpackValue, member: string): JsonValue {
  if (value instanceof Uint8Array) {
    if (HASH_MEMBER.test(member)) return bytesToHex(value);
    throw new MalformedError(`shard: \`${member}\` must not be bytes`);
  }
  if (Array.isArray(value)) return value.map((element) => toJson(element, ''));
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, toJson(inner, key)]));
  return value;
}
