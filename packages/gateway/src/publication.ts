/** One verified publication of a channel, as it is served: everything in it follows from one timestamp. */
import {
  type CachedFile,
  type ClientEnv,
  contentOf,
  fetchTarget,
  INDEX_JSON,
  type OpenChannel,
  type ProvenChannel,
  type RecordsChannel,
  subdirsOf,
  unprovenIndex,
  verifyForm,
} from '@antivenom/client';
import {
  type Cooldown,
  DownloadError,
  type FoundTarget,
  isChainFile,
  KNOWN_SUBDIRS,
  REPODATA,
  type Repodata,
  SHARD_INDEX,
  scanRepodata,
  twinOf,
  twinsOf,
  VerificationError,
  type Verified,
} from '@antivenom/core';
import { sha256Hex } from '@antivenom/node';
import type { ContentCache } from './content-cache.ts';
import { CooldownCheck } from './cooldown.ts';
import type { FirstSights } from './first-sights.ts';
import { SubdirIndex } from './subdir-index.ts';

/** Forms up to this many bytes are fetched before a publication is served; of larger ones, one of each subdir's records. */
const EAGER_BYTES = 32_000_000;

export class Publication {
  readonly channel: OpenChannel;
  readonly subdirs: ReadonlyMap<string, SubdirIndex>;
  /** ms since the epoch: from then on nothing of it is served. */
  readonly expires: number;
  readonly #cache: ContentCache;
  readonly #env: ClientEnv;
  readonly #sights: FirstSights;
  /** By path, while they are fetched and afterwards; undefined: upstream has none. */
  readonly #listed = new Map<string, Promise<CachedFile | undefined>>();

  /**
   * Reads and judges all that a channel offers.
   *
   * @param channel with its policy applied (`recordsAlone`)
   * @param before what was served until now; what has not changed is taken over
   * @throws ContentTrustError by what is wrong with any of it: a channel is served whole or not
   */
  static async read(
    channel: OpenChannel,
    before: Publication | undefined,
    cache: ContentCache,
    env: ClientEnv,
    sights: FirstSights,
  ): Promise<Publication> {
    const subdirs = new Map<string, SubdirIndex>();
    const publication = new Publication(channel, subdirs, cache, env, sights);
    if (channel.kind === 'cct') {
      await publication.#readUnproven(channel, subdirs);
      return publication;
    }
    for (const subdir of subdirsOf(channel.listing)) {
      subdirs.set(subdir, await publication.#readSubdir(subdir, channel, before));
    }
    for (const target of channel.listing.values()) {
      if (target.length <= EAGER_BYTES) await publication.listed(target.path);
    }
    return publication;
  }

  private constructor(
    channel: OpenChannel,
    subdirs: ReadonlyMap<string, SubdirIndex>,
    cache: ContentCache,
    env: ClientEnv,
    sights: FirstSights,
  ) {
    this.#sights = sights;
    this.channel = channel;
    this.subdirs = subdirs;
    this.#cache = cache;
    this.#env = env;
    this.expires = expiryOf(channel);
  }

  /** What its owner signed under this path. */
  target(path: string): Verified<FoundTarget> | undefined {
    if (this.channel.kind !== 'tuf') return undefined;
    return this.channel.listing.get(path) ?? this.channel.yankLists.get(path);
  }

  /** Whether clients get the same bytes from both. */
  tellsAs(other: Publication): boolean {
    return this.#story === other.#story;
  }

  get #story(): string {
    const listed = this.channel.kind === 'tuf' ? [...this.channel.listing.values()] : [];
    const files = listed.map(({ path, hashes }) => [path, ...hashes]).sort();
    const records = [...this.subdirs.values()].map(({ subdir, source, leftOut }) => {
      const known = this.channel.kind === 'tuf' ? '' : sha256Hex(source.bytes);
      return [subdir, known, ...[...leftOut.keys()].map(({ map, file }) => `${map}/${file}`)];
    });
    return JSON.stringify([this.channel.kind, files, records]);
  }

  /**
   * A file as its owner signed it, held in the cache.
   *
   * @returns undefined where nobody serves it, or nobody signed it
   * @throws VerificationError, MalformedError, DownloadError by what is wrong with it
   */
  async listed(path: string): Promise<CachedFile | undefined> {
    const target = this.target(path);
    if (target === undefined || this.channel.kind !== 'tuf') return undefined;
    const known = this.#listed.get(path);
    if (known !== undefined) {
      const file = await known;
      if (file === undefined || (await this.#cache.has(file.sha256))) return file;
    }
    const fetching = this.#fetch(target, this.channel);
    this.#listed.set(path, fetching);
    // Another request tries again.
    fetching.catch(() => this.#listed.delete(path));
    return fetching;
  }

  /** A file of trust metadata as it was accepted: `timestamp.json`, `3.root.json`. */
  async metadata(name: string): Promise<{ file: CachedFile; leftOut: undefined } | undefined> {
    const [owner] = this.channel.kind === 'tuf' ? this.channel.authorities : [];
    const bytes = owner?.published().get(name);
    if (bytes === undefined) return undefined;
    return { file: await this.#keep(`tuf/${name}`, bytes), leftOut: undefined };
  }

  async #keep(where: string, bytes: Uint8Array): Promise<CachedFile> {
    const sha256 = sha256Hex(bytes);
    const file = { sha256, size: bytes.length };
    return (await this.#cache.has(file.sha256)) ? file : this.#cache.add(bytes, { where, ...file });
  }

  async #fetch(target: Verified<FoundTarget>, channel: ProvenChannel): Promise<CachedFile | undefined> {
    const bytes = await this.#bytesOf(target, channel);
    if (bytes === undefined) return undefined;
    await this.#verifyStory(target.path, bytes);
    return this.#keep(target.path, bytes);
  }

  /** From the cache, or from upstream. */
  async #bytesOf(target: Verified<FoundTarget>, channel: ProvenChannel): Promise<Uint8Array | undefined> {
    const sha256 = target.hashes.get('sha256');
    const kept = sha256 === undefined ? undefined : await this.#cache.read(sha256);
    return kept?.length === target.length ? kept : (await fetchTarget(target, channel, this.#env))?.bytes;
  }

  /** Every form of an index must tell what was judged. */
  async #verifyStory(path: string, bytes: Uint8Array): Promise<void> {
    const [subdir = '', name] = path.split('/');
    const index = this.subdirs.get(subdir);
    if (index === undefined || name === undefined || name === SHARD_INDEX) return;
    const base = twinOf(name)?.base;
    const isTwin = base !== undefined && base !== REPODATA && this.target(`${subdir}/${base}`) !== undefined;
    const twin = isTwin ? await this.listed(`${subdir}/${base}`) : undefined;
    const twinBytes = twin && (await this.#cache.read(twin.sha256));
    verifyForm(path, name, bytes, index.source, new Map(base && twinBytes ? [[base, twinBytes]] : []));
  }

  async #readSubdir(subdir: string, channel: ProvenChannel, before: Publication | undefined): Promise<SubdirIndex> {
    const names = [`${REPODATA}.zst`, REPODATA, ...twinsOf(REPODATA).map(({ name }) => name)];
    const targets = [...new Set(names)].flatMap((name) => channel.listing.get(`${subdir}/${name}`) ?? []);
    const known = before?.subdirs.get(subdir);
    let judged: SubdirIndex | undefined;
    if (known !== undefined && before !== undefined && judgesAlike(channel, before.channel)) {
      judged = known;
      const isSame = targets.some(({ hashes }) => hashes.get('sha256') === known.digest);
      if (isSame && this.#env.now < known.changesAt) return known;
    }
    for (const target of targets) {
      const bytes = await this.#bytesOf(target, channel);
      if (bytes === undefined) continue;
      const name = target.path.slice(subdir.length + 1);
      const source = scanRepodata(contentOf(name, bytes), INDEX_JSON);
      return this.#judge(subdir, source, sha256Hex(bytes), judged);
    }
    if (targets.length > 0) {
      throw new DownloadError('not-held', `${channel.key} does not hold the current index of ${subdir}`, {
        hint: 'Without it clients would turn to other channels; ask another mirror, or tell the owner of the channel.',
        details: { file: subdir },
      });
    }
    throw new VerificationError('missing', `${channel.key} lists no ${REPODATA} of ${subdir} in any form`, {
      hint: 'Its records cannot be judged without; tell the owner of the channel.',
      details: { file: subdir },
    });
  }

  #judge(
    subdir: string,
    source: Repodata,
    digest: string | undefined,
    before: SubdirIndex | undefined,
  ): Promise<SubdirIndex> {
    const { policy, now } = this.#env;
    const rule = this.#cooldownRule;
    const cooldown = rule && new CooldownCheck(rule, this.channel.key, this.#sights, now);
    return SubdirIndex.judge(subdir, source, digest, this.channel, policy, cooldown, before);
  }

  get #cooldownRule(): (Cooldown & { readonly where: string }) | undefined {
    const rule = this.#env.policy.channels.find(({ url }) => url === this.channel.key);
    return rule?.cooldown && { ...rule.cooldown, where: rule.where };
  }

  /** Once it is served: what it offers has been seen. */
  remember(): void {
    if (this.#cooldownRule !== undefined) this.#sights.see(this.channel.key, this.#packages(), this.#env.now);
  }

  /** SHA-256 of each. */
  *#packages(): Generator<string> {
    for (const { source } of this.subdirs.values()) {
      for (const slice of source.records) {
        const sha256 = source.record(slice).get('sha256');
        if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)) yield sha256;
      }
    }
  }

  async #readUnproven(channel: RecordsChannel, subdirs: Map<string, SubdirIndex>): Promise<void> {
    for (const subdir of KNOWN_SUBDIRS) {
      const source = await unprovenIndex(channel, subdir, this.#env);
      if (source === undefined) continue;
      subdirs.set(subdir, await this.#judge(subdir, source, undefined, undefined));
    }
  }
}

/** Whether records are judged by the same keys and the same words of teams, and the same files are yanked. */
function judgesAlike(one: OpenChannel, other: OpenChannel): boolean {
  const isSameWord = chainFiles(one) === chainFiles(other) && one.teams.story === other.teams.story;
  return isSameWord && yankedFiles(one) === yankedFiles(other);
}

function yankedFiles({ yanked }: OpenChannel): string {
  return JSON.stringify(yanked.yanks.map(({ sha256 }) => sha256).sort());
}

function chainFiles(channel: OpenChannel): string {
  if (channel.kind === 'cct') return 'never the same';
  const files = [...channel.listing.values()].filter(({ path }) => isChainFile(path));
  return JSON.stringify(files.map(({ path, hashes }) => [path, ...hashes]).sort());
}

function expiryOf(channel: OpenChannel): number {
  const { cct } = channel;
  const chain = cct === undefined ? [] : [cct.root.expires, ...(cct.keyMgr === undefined ? [] : [cct.keyMgr.expires])];
  const authorities = channel.kind === 'tuf' ? channel.authorities.map(({ expires }) => expires) : [];
  // What a team's word ends is looked at anew, and its packages are then left out.
  return Math.min(...chain, ...authorities, channel.teams.expires);
}
