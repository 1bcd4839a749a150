/** A channel as it stands while a client is served: opened once, each of its indexes read once. */
import { type Evidence, KNOWN_SUBDIRS, type VerificationError, yanked } from '@antivenom/core';
import { notListed } from '../channel/find-record.ts';
import { subdirsOf } from '../channel/index-listing.ts';
import type { OpenChannel, ProvenChannel, RecordsChannel } from '../channel/open-channel.ts';
import { hasMoved } from '../channel/publication-moved.ts';
import { type IndexedRecord, RecordCheck } from '../channel/record-check.ts';
import { Findings } from '../channel/report.ts';
import { policyForRecords, RECORDS_ALONE, recordsAlone } from '../channel/verify-records-alone.ts';
import type { ClientEnv } from '../client-env.ts';
import { openSubdir, type SubdirRecords } from './subdir-records.ts';

export class CheckedChannel {
  readonly #opened: OpenChannel;
  readonly #judged: ProvenChannel | RecordsChannel;
  readonly #env: ClientEnv;
  readonly #records = new Map<string, Promise<SubdirRecords | undefined>>();
  readonly #checks = new Map<string, RecordCheck>();
  #moved: Promise<boolean> | undefined;

  constructor(opened: OpenChannel, env: ClientEnv) {
    this.#opened = opened;
    this.#judged = recordsAlone(opened, env.policy) ?? opened;
    this.#env = env;
  }

  /** Its address without credentials. */
  get url(): string {
    return this.#opened.key;
  }

  /** Why a file is in no index. @param file its name, or `<subdir>/<name>` */
  notListed(file: string): VerificationError {
    return notListed(file, this.#opened);
  }

  /** @throws VerificationError `yanked` for bytes that it took back, whatever their name */
  refuseYanked(file: string, sha256: string): void {
    const yank = this.#opened.yanked.ofContent(sha256);
    if (yank !== undefined) throw yanked(file, yank);
  }

  /** Whether it was published anew since it was opened, as far as the first who asked found. */
  hasMoved(): Promise<boolean> {
    this.#moved ??= hasMoved(this.#opened);
    return this.#moved;
  }

  /** Those that it lists; those that conda knows, where nothing proves a list. */
  get subdirs(): readonly string[] {
    return this.#judged.kind === 'tuf' ? subdirsOf(this.#judged.listing) : KNOWN_SUBDIRS;
  }

  /** What the user should know of how its packages are proved. */
  get warning(): string | undefined {
    return this.#judged.kind === 'cct' ? `${this.url}: ${RECORDS_ALONE}` : undefined;
  }

  /**
   * @returns undefined for a subdir that it does not have
   * @throws as `openSubdir`, each time the same
   */
  async records(subdir: string): Promise<SubdirRecords | undefined> {
    if (!this.subdirs.includes(subdir)) return undefined;
    const reading = this.#records.get(subdir) ?? openSubdir(this.#judged, subdir, this.#env);
    this.#records.set(subdir, reading);
    return reading;
  }

  /** @throws as {@link RecordCheck.evidenceOf} */
  evidenceOf(subdir: string, entry: IndexedRecord): readonly Evidence[] {
    const check = this.#checks.get(subdir) ?? this.#newCheck(subdir);
    this.#checks.set(subdir, check);
    return [...check.evidenceOf(entry)];
  }

  #newCheck(subdir: string): RecordCheck {
    const { kind, cct, key: channelUrl, teams, yanked } = this.#judged;
    const policy = kind === 'cct' ? policyForRecords(this.#env.policy, channelUrl) : this.#env.policy;
    const rules = { channelUrl, subdir, cct, teams, yanked, indexIsProved: kind === 'tuf', policy };
    return new RecordCheck(rules, new Findings());
  }
}
