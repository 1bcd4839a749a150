/** Making sharded repodata from `repodata.json`. @see https://conda.org/learn/ceps/cep-0016 */
import { MalformedError } from '../errors.ts';
import { JsonNumber, type JsonObject } from '../json/value.ts';
import { bytesToHex, hexToBytes } from '../keys/hex.ts';
import type { MsgpackValue } from '../msgpack/value.ts';
import { writeMsgpack } from '../msgpack/write.ts';
import type { CryptoPort } from '../ports.ts';
import { parsePackageFileName } from './package-file-name.ts';
import type { RecordSlice, Repodata } from './repodata.ts';
import { HASH_MEMBER, type ShardIndex } from './shards.ts';

/** What {@link buildShards} needs of its platform. */
export interface ShardBuilding {
  readonly crypto: CryptoPort;
  /** Zstandard, the same bytes for the same input, or equal records get new hashes at every build. */
  compress(bytes: Uint8Array): Uint8Array;
}

export interface BuiltShards {
  readonly index: ShardIndex;
  /** SHA-256 (hex) → compressed bytes, to be stored under `shardFileName(sha256)`. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/**
 * Makes the shards of a repodata file. Equal records give equal bytes: names and files are sorted, nothing else enters.
 * `info` is the file's own, with the two addresses that readers of shards insist on.
 *
 * @throws MalformedError for a record without a name, or a withdrawn file whose name spells none.
 */
export function buildShards(repodata: Repodata, building: ShardBuilding): BuiltShards {
  const byName = Map.groupBy(repodata.records, (slice) => nameOf(repodata, slice));
  const removed = Map.groupBy(repodata.removed, (file) => parsePackageFileName(file).name);
  const shards = new Map<string, Uint8Array>();
  const hashes = new Map<string, string>();
  for (const name of [...new Set([...byName.keys(), ...removed.keys()])].sort()) {
    const bytes = building.compress(writeShard(repodata, byName.get(name) ?? [], removed.get(name) ?? []));
    const sha256 = bytesToHex(building.crypto.createHash('sha256').update(bytes).digest());
    shards.set(sha256, bytes);
    hashes.set(name, sha256);
  }
  const info = new Map(repodata.info);
  if (!info.has('base_url')) info.set('base_url', '');
  info.set('shards_base_url', '');
  return { index: { info, shards: hashes }, shards };
}

function nameOf(repodata: Repodata, slice: RecordSlice): string {
  const name = repodata.record(slice).get('name');
  if (typeof name === 'string') return name;
  throw new MalformedError(`${slice.file}: \`name\` must be a text`);
}

function writeShard(repodata: Repodata, slices: readonly RecordSlice[], removed: readonly string[]): Uint8Array {
  const maps = new Map<string, Map<string, MsgpackValue>>([
    ['packages', new Map()],
    ['packages.conda', new Map()],
  ]);
  const v3 = new Map<string, MsgpackValue>();
  for (const slice of [...slices].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))) {
    let map = maps.get(slice.map);
    if (map === undefined) {
      map = new Map();
      maps.set(slice.map, map);
      v3.set(slice.map.slice('v3.'.length), map);
    }
    map.set(slice.file, withHashBytes(repodata.record(slice)));
  }
  const shard = new Map<string, MsgpackValue>([
    ['packages', maps.get('packages') ?? new Map()],
    ['packages.conda', maps.get('packages.conda') ?? new Map()],
  ]);
  if (removed.length > 0) shard.set('removed', [...removed].sort());
  if (v3.size > 0) shard.set('v3', new Map([...v3].sort(([a], [b]) => (a < b ? -1 : 1))));
  return writeMsgpack(shard);
}

function withHashBytes(record: JsonObject): Map<string, MsgpackValue> {
  return new Map(
    [...record].map(([member, value]): [string, MsgpackValue] => {
      const isHash =
        HASH_MEMBER.test(member) && typeof value === 'string' && /^([0-9a-f]{32}|[0-9a-f]{64})$/.test(value);
      return [member, isHash ? hexToBytes(value) : value];
    }),
  );
}

/** The MessagePack bytes of a shard index, for the caller to compress. */
export function writeShardIndex(index: ShardIndex): Uint8Array {
  return writeMsgpack(
    new Map<string, MsgpackValue>([
      ['version', JsonNumber.ofInteger(1)],
      ['info', index.info],
      ['shards', new Map([...index.shards].map(([name, hash]) => [name, hexToBytes(hash)]))],
    ]),
  );
}
