/** The index files of one publication as clients get them: the publisher's own bytes where nothing stands against it, else made here. */
import { type CachedFile, contentOf, fetchShard, INDEX_JSON, MAX_SHARD_LENGTH } from '@antivenom/client';
import {
  fileOf,
  REPODATA,
  readShard,
  readShardIndex,
  SHARD_INDEX,
  type Shard,
  sameRecord,
  shardFileName,
  twinOf,
  twinsOf,
  verifyAgreement,
} from '@antivenom/core';
import { nodeCrypto, nodeDecompression, sha256Hex } from '@antivenom/node';
import type { ContentCache } from './content-cache.ts';
import { canBeMade, compressedAs, madeIndex, madeShards } from './made-forms.ts';
import type { Publication } from './publication.ts';
import type { SubdirIndex } from './subdir-index.ts';

export interface IndexFile {
  readonly file: CachedFile;
  /** The part of it that is asked for; the whole by default. */
  readonly part?: { readonly offset: number; readonly length: number };
  /** Records of the subdir that are not offered; undefined for bytes of the publisher's own. */
  readonly leftOut: number | undefined;
}

interface Shards {
  readonly index: CachedFile;
  /** Those of the publisher, by hash the package's name: they are what was signed, whichever of them the index here names. */
  readonly names: ReadonlyMap<string, string>;
  readonly made?: {
    readonly parts: ReadonlyMap<string, { readonly offset: number; readonly length: number }>;
    readonly file: CachedFile;
  };
}

export class IndexFiles {
  readonly #publication: Publication;
  readonly #cache: ContentCache;
  readonly #env: Parameters<typeof fetchShard>[4];
  readonly #made = new Map<string, Promise<CachedFile | undefined>>();
  readonly #shards = new Map<string, Promise<Shards | undefined>>();
  /** Hashes of shards that tell what the index tells. */
  readonly #agreed = new Set<string>();

  constructor(publication: Publication, cache: ContentCache, env: Parameters<typeof fetchShard>[4]) {
    this.#publication = publication;
    this.#cache = cache;
    this.#env = env;
  }

  /**
   * @param path `linux-64/repodata.json`, `channeldata.json`, `cct/key_mgr.json`
   * @returns undefined for what is not published
   * @throws ContentTrustError by what is wrong with it
   */
  async find(path: string): Promise<IndexFile | undefined> {
    const [subdir = '', name, more] = path.split('/');
    const index = this.#publication.subdirs.get(subdir);
    if (name === undefined || index === undefined || more !== undefined) return own(await this.#own(path));
    if (name === SHARD_INDEX) {
      const shards = await this.#shardsOf(index);
      return shards && { file: shards.index, leftOut: shards.made && index.leftOut.size };
    }
    if (canBeMade(name) && this.#isPublished(index, name)) {
      const listed = index.isMade ? undefined : await this.#publication.listed(path);
      if (listed !== undefined) return own(listed);
      const file = await this.#once(path, () => madeIndex(name, index.offered));
      return file && { file, leftOut: index.leftOut.size };
    }
    // It holds records too, which nobody judged.
    if (index.isMade && name.includes('from_packages')) return undefined;
    return own(await this.#own(path));
  }

  /** @returns undefined for a shard that the subdir's shard index does not name */
  async findShard(subdir: string, hash: string): Promise<IndexFile | undefined> {
    const index = this.#publication.subdirs.get(subdir);
    const shards = index && (await this.#shardsOf(index));
    if (index === undefined || shards === undefined) return undefined;
    const part = shards.made?.parts.get(hash);
    if (shards.made !== undefined && part !== undefined) {
      return { file: shards.made.file, part, leftOut: index.leftOut.size };
    }
    const name = shards.names.get(hash);
    return name === undefined ? undefined : own(await this.#ownShard(index, name, hash));
  }

  /** `repodata.json` is made in any compression; what is derived from it only where its owner has it too. */
  #isPublished({ subdir }: SubdirIndex, name: string): boolean {
    const base = twinOf(name)?.base ?? name;
    if (base === REPODATA) return true;
    const forms = [base, ...twinsOf(base).map((twin) => twin.name)];
    return forms.some((form) => this.#publication.target(`${subdir}/${form}`) !== undefined);
  }

  /** The publisher's own file, or what it holds in another compression. */
  async #own(path: string): Promise<CachedFile | undefined> {
    const listed = await this.#publication.listed(path);
    if (listed !== undefined) return listed;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const name = path.slice(folder.length);
    const base = twinOf(name)?.base ?? name;
    for (const twin of [base, ...twinsOf(base).map((other) => other.name)]) {
      const file = twin === name ? undefined : await this.#publication.listed(`${folder}${twin}`);
      if (file === undefined) continue;
      return this.#once(path, async () => {
        const bytes = await this.#cache.read(file.sha256);
        return bytes && compressedAs(name, contentOf(twin, bytes));
      });
    }
    return undefined;
  }

  /** Makes a file when it is first asked for, and anew where the cache has lost it. */
  async #once(id: string, make: () => Promise<Uint8Array | undefined>): Promise<CachedFile | undefined> {
    const made = await this.#made.get(id);
    if (made !== undefined && (await this.#cache.has(made.sha256))) return made;
    const making = make().then((bytes) => bytes && this.#keep(id, bytes));
    this.#made.set(id, making);
    making.catch(() => this.#made.delete(id));
    return making;
  }

  async #shardsOf(index: SubdirIndex): Promise<Shards | undefined> {
    const known = await this.#shards.get(index.subdir);
    if (
      known !== undefined &&
      (await this.#cache.has(known.index.sha256)) &&
      (known.made === undefined || (await this.#cache.has(known.made.file.sha256)))
    ) {
      return known;
    }
    const reading = this.#readShards(index);
    this.#shards.set(index.subdir, reading);
    reading.catch(() => this.#shards.delete(index.subdir));
    return reading;
  }

  async #readShards(index: SubdirIndex): Promise<Shards | undefined> {
    const path = `${index.subdir}/${SHARD_INDEX}`;
    if (this.#publication.target(path) === undefined) return undefined;
    const listed = await this.#publication.listed(path);
    const bytes = listed && (await this.#cache.read(listed.sha256));
    const own = bytes && readShardIndex(nodeDecompression.zstdSync(bytes, INDEX_JSON.maxBytes), INDEX_JSON);
    const states = (field: string) => Boolean(own?.info.get(field));
    // Those that stand elsewhere are asked for there.
    const beside = own === undefined || states('shards_base_url') ? [] : [...own.shards];
    const names = new Map(beside.map(([name, hash]) => [hash, name]));
    const isPlain = own !== undefined && !states('base_url') && !states('shards_base_url');
    if (listed !== undefined && isPlain && !index.isMade) return { index: listed, names };
    const { index: made, shards, parts } = await madeShards(index.offered);
    return {
      index: await this.#keep(path, made),
      names,
      made: { file: await this.#keep(`the shards of ${index.subdir}`, shards), parts },
    };
  }

  async #ownShard(index: SubdirIndex, name: string, sha256: string): Promise<CachedFile> {
    const kept = await this.#cache.read(sha256);
    if (kept !== undefined && this.#agreed.has(sha256)) return { sha256, size: kept.length };
    const file = shardFileName(sha256);
    const bytes = kept ?? (await fetchShard(index.subdir, file, '', this.#publication.channel, this.#env));
    const shard = readShard(bytes, name, sha256, {
      crypto: nodeCrypto,
      decompression: nodeDecompression,
      maxLength: MAX_SHARD_LENGTH,
      limits: INDEX_JSON,
    });
    verifyShard(`${index.subdir}/${file}`, shard, index);
    this.#agreed.add(sha256);
    return kept === undefined ? this.#keep(file, bytes) : { sha256, size: bytes.length };
  }

  async #keep(where: string, bytes: Uint8Array): Promise<CachedFile> {
    return this.#cache.add(bytes, { where, sha256: sha256Hex(bytes), size: bytes.length });
  }
}

function own(file: CachedFile | undefined): IndexFile | undefined {
  return file && { file, leftOut: undefined };
}

/** @throws VerificationError `forms-differ` for a shard that tells of a record what the index does not */
function verifyShard(path: string, shard: Shard, { source }: SubdirIndex): void {
  const different = shard.records.filter((record) => {
    const slice = source.find(fileOf(record), record.map);
    return slice?.map !== record.map || !sameRecord(source.record(slice), record.record);
  });
  verifyAgreement(
    path,
    different.map(({ file, map }) => ({ file, map, reason: 'differs' })),
  );
}
