/** One subdir of a verified publication: its records, those of them that are offered, and where its packages stand. */
import {
  entryOf,
  Findings,
  type IndexedRecord,
  type OpenChannel,
  policyForRecords,
  RecordCheck,
  type RedactedUrl,
} from '@antivenom/client';
import {
  allowedHosts,
  ContentTrustError,
  checkRedirects,
  type Evidence,
  headRedirects,
  type Policy,
  type Repodata,
  type YankedFiles,
  yanked,
} from '@antivenom/core';
import type { CooldownCheck } from './cooldown.ts';
import { type Judged, judgeRecords, type LeftOut } from './judge-records.ts';
import { offeredIndex } from './made-forms.ts';

export class SubdirIndex {
  readonly subdir: string;
  /** SHA-256 of the verified file that it was read from; undefined for a channel whose records alone are proved. */
  readonly digest: string | undefined;
  readonly source: Repodata;
  readonly leftOut: LeftOut;
  /** When a record that is left out is old enough to be offered, ms since the epoch. */
  readonly changesAt: number;
  /** The folder of the packages. */
  readonly packages: RedactedUrl;
  /** Whether the forms that clients read are made here, not the publisher's own. */
  readonly isMade: boolean;
  readonly #check: RecordCheck;
  readonly #yanked: YankedFiles;
  #offered: Repodata | undefined;

  /**
   * @param source verified as far as the channel's evidence goes
   * @throws VerificationError `unsafe-index` for an index that sends clients to a host that the policy does not name
   */
  static async judge(
    subdir: string,
    source: Repodata,
    digest: string | undefined,
    channel: OpenChannel,
    policy: Policy,
    cooldown: CooldownCheck | undefined,
    before: Judged | undefined,
  ): Promise<SubdirIndex> {
    const { key: channelUrl, cct, kind, teams, yanked } = channel;
    const addresses = headRedirects(source).filter(({ field }) => field.endsWith('base_url'));
    checkRedirects(addresses, { subdir, channelUrl, allowHosts: allowedHosts(policy, channelUrl) });
    const check = new RecordCheck(
      {
        channelUrl,
        subdir,
        cct,
        teams,
        yanked,
        indexIsProved: kind === 'tuf',
        policy: kind === 'cct' ? policyForRecords(policy, channelUrl) : policy,
      },
      new Findings(),
    );
    const leftOut = await judgeRecords(source, check, { channelUrl, subdir }, cooldown, before);
    return new SubdirIndex(subdir, source, digest, channel, check, leftOut, cooldown?.endsAt);
  }

  private constructor(
    subdir: string,
    source: Repodata,
    digest: string | undefined,
    channel: OpenChannel,
    check: RecordCheck,
    leftOut: LeftOut,
    changesAt = Number.POSITIVE_INFINITY,
  ) {
    this.changesAt = changesAt;
    this.subdir = subdir;
    this.source = source;
    this.digest = digest;
    this.leftOut = leftOut;
    this.#check = check;
    this.#yanked = channel.yanked;
    const folder = channel.url.join(subdir);
    const base = source.info?.get('base_url') ?? source.metadata?.get('base_url');
    this.packages = typeof base === 'string' && base !== '' ? folder.resolve(base) : folder;
    this.isMade = channel.kind === 'cct' || leftOut.size > 0 || headRedirects(source).length > 0;
  }

  /** What clients are offered; made when first asked for. */
  get offered(): Repodata {
    this.#offered ??= offeredIndex(this.source, this.leftOut);
    return this.#offered;
  }

  /**
   * A package that is offered.
   *
   * @returns undefined where the index does not list it
   * @throws ContentTrustError for one that is left out, or yanked
   */
  find(file: string): IndexedRecord | undefined {
    const slice = this.source.find(file);
    if (slice === undefined) {
      const where = `${this.subdir}/${file}`;
      const yank = this.#yanked.ofName(where);
      if (yank !== undefined) throw yanked(where, yank);
      return undefined;
    }
    const refusal = this.leftOut.get(slice);
    if (refusal !== undefined) throw refusal;
    return entryOf(this.source, slice);
  }

  /** What proves a record, also one that is left out. */
  evidenceOf(entry: IndexedRecord): readonly Evidence[] {
    try {
      return [...this.#check.evidenceOf(entry)];
    } catch (error) {
      if (error instanceof ContentTrustError) return [];
      throw error;
    }
  }
}
