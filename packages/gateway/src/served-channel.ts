/** A channel behind the gateway: the newest verified publication, and why there is none, or no newer one. */
import { type ClientEnv, type OpenChannel, readNewest, recordsAlone } from '@antivenom/client';
import { ContentTrustError, FreshnessError, formatTimestamp, StoreError } from '@antivenom/core';
import type { ContentCache } from './content-cache.ts';
import type { FirstSights } from './first-sights.ts';
import { type IndexFile, IndexFiles } from './index-files.ts';
import { type Asked, channelProblem, fileProblem } from './problem-document.ts';
import { Publication } from './publication.ts';

export interface ChannelPlan {
  /** The first part of its path here. */
  readonly name: string;
  /** Its address, with credentials perhaps. */
  readonly url: string;
}

/** What is served at present. */
export interface Served {
  readonly publication: Publication;
  readonly indexes: IndexFiles;
  /** When it was first verified here, ms since the epoch. */
  readonly since: number;
}

export class ServedChannel {
  readonly name: string;
  readonly #url: string;
  readonly #cache: ContentCache;
  readonly #env: Omit<ClientEnv, 'now'>;
  readonly #now: () => number;
  readonly #sights: FirstSights;
  #served: Served | undefined;
  /** Of the last refresh. */
  #failure: ContentTrustError | undefined;
  /** A file of the publication that is served turned out to be another than was signed: why, and how to look at it again. */
  #refusal: ContentTrustError | undefined;
  #suspect: ((served: Served) => Promise<unknown>) | undefined;
  #refreshing: Promise<void> | undefined;
  /** ms since the epoch, of the last refresh that was good. */
  #refreshedAt: number | undefined;

  /** @param now ms since the epoch: the time of each check */
  constructor(
    plan: ChannelPlan,
    cache: ContentCache,
    env: Omit<ClientEnv, 'now'>,
    now: () => number,
    sights: FirstSights,
  ) {
    this.#sights = sights;
    this.name = plan.name;
    this.#url = plan.url;
    this.#cache = cache;
    this.#env = env;
    this.#now = now;
  }

  get refreshedAt(): number | undefined {
    return this.#refreshedAt;
  }

  /** Why the newest state of the channel is not served, or nothing of it. */
  get failure(): ContentTrustError | undefined {
    return this.#refusal ?? this.#expiry() ?? this.#failure;
  }

  /** Whether a verified, unexpired index is served. */
  get isReady(): boolean {
    return this.#served !== undefined && this.#refusal === undefined && this.#expiry() === undefined;
  }

  /** What was verified last, whatever has become of it since. */
  get last(): Served | undefined {
    return this.#served;
  }

  /** Looks for a newer publication; those who ask meanwhile wait for the same answer. What goes wrong is kept as `failure`. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * What may be served now.
   *
   * @throws Problem 451 or 403 where the channel is refused, 504 where it was never reached
   */
  async current(asked: Asked, file: string): Promise<Served> {
    if (this.#served === undefined && this.#failure === undefined) await this.refresh();
    const refusal = this.#refusal ?? this.#expiry() ?? (this.#served === undefined ? this.#failure : undefined);
    if (refusal !== undefined) throw channelProblem(refusal, asked, { channel: this.name, file });
    if (this.#served === undefined) throw new Error('a channel that was refreshed is verified or refused');
    return this.#served;
  }

  /**
   * Looks an index file up. One that is not what was signed has the channel refused whole, until a refresh finds it mended.
   *
   * @throws Problem
   */
  async indexFile(
    file: string,
    find: (served: Served) => Promise<IndexFile | undefined>,
  ): Promise<(IndexFile & { readonly since: number }) | undefined> {
    const served = await this.current('index', file);
    try {
      const found = await find(served);
      return found && { ...found, since: served.since };
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      const problem = fileProblem(error, 'index', { channel: this.name, file });
      if (problem.status === 451 && this.#served === served) {
        this.#refusal = error;
        this.#suspect = find;
      }
      throw problem;
    }
  }

  async #refresh(): Promise<void> {
    const env: ClientEnv = { ...this.#env, now: this.#now() };
    const before = this.#served;
    try {
      const read = (opened: OpenChannel) =>
        Publication.read(
          recordsAlone(opened, env.policy) ?? opened,
          before?.publication,
          this.#cache,
          env,
          this.#sights,
        );
      const publication = await readNewest(this.#url, env, read, () => true);
      const served = {
        publication,
        indexes: new IndexFiles(publication, this.#cache, env),
        since: sinceOf(publication, before, env.now),
      };
      await this.#suspect?.(served);
      publication.remember();
      this.#served = served;
      this.#failure = undefined;
      this.#refusal = undefined;
      this.#suspect = undefined;
      this.#refreshedAt = env.now;
    } catch (error) {
      // What was verified is served on until it expires; but for a channel that nobody trusts any more.
      this.#failure = failureOf(error);
      if (this.#failure.code === 'not-trusted') this.#served = undefined;
    }
  }

  #expiry(): ContentTrustError | undefined {
    const expires = this.#served?.publication.expires;
    if (expires === undefined || this.#now() < expires) return undefined;
    const why = this.#failure === undefined ? '' : `, and no newer one can be had: ${this.#failure.message}`;
    return new FreshnessError('expired', `the metadata of ${this.name} expired at ${formatTimestamp(expires)}${why}`, {
      hint: 'Nothing of it is served until its owner has renewed it, and the gateway can reach it.',
      details: { channel: this.name, expired: formatTimestamp(expires) },
    });
  }
}

/** Whatever it is, such as a full disk, the next refresh may fare better. */
function failureOf(error: unknown): ContentTrustError {
  if (error instanceof ContentTrustError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new StoreError('io', `the channel could not be read: ${what}`, {
    hint: 'Look to the disk of the gateway; it tries again by itself.',
    cause: error,
  });
}

/** A second later than the last, at least: dates of HTTP know no less. */
function sinceOf(publication: Publication, before: Served | undefined, now: number): number {
  if (before === undefined) return now;
  return publication.tellsAs(before.publication) ? before.since : Math.max(now, before.since + 1000);
}
