/** Packages that are too young to be offered: an evil one is found out while it waits. */
import type { IndexedRecord } from '@antivenom/client';
import { type Cooldown, checkRecordHashes, formatTimestamp, integerOf, JsonNumber, PolicyError } from '@antivenom/core';
import type { FirstSights } from './first-sights.ts';

export class CooldownCheck {
  /** When the first of those that were found too young is old enough, ms since the epoch. */
  endsAt = Number.POSITIVE_INFINITY;
  readonly #rule: Cooldown & { readonly where: string };
  readonly #channel: string;
  readonly #sights: FirstSights;
  readonly #now: number;

  /** @param channel its address without credentials; @param now ms since the epoch */
  constructor(rule: Cooldown & { readonly where: string }, channel: string, sights: FirstSights, now: number) {
    this.#rule = rule;
    this.#channel = channel;
    this.#sights = sights;
    this.#now = now;
  }

  /**
   * @param where `<subdir>/<name>`
   * @throws PolicyError `policy-refused` for a package that is too young
   */
  check({ record }: IndexedRecord, where: string): void {
    const { ms, trustTimestamps, where: rule } = this.#rule;
    const signed = trustTimestamps ? timestampOf(record.get('indexed_timestamp')) : undefined;
    const { sha256 } = checkRecordHashes(where, record);
    const since = signed ?? this.#sights.timeOf(this.#channel, sha256, this.#now);
    const until = since + ms;
    if (this.#now >= until) return;
    this.endsAt = Math.min(this.endsAt, until);
    const known = signed === undefined ? 'first seen' : 'indexed';
    const end = until < LAST_DATE ? ` until ${formatTimestamp(until)}` : '';
    throw new PolicyError('policy-refused', `${where} was ${known} too short a time ago: it waits${end} (${rule})`, {
      hint: 'Take an older version, or wait.',
      details: { file: where },
    });
  }
}

/** The end of the year 9999, ms. */
const LAST_DATE = 253_402_300_800_000;

/** ms since the epoch; undefined for what is no time. */
function timestampOf(value: unknown): number | undefined {
  const time = value instanceof JsonNumber ? integerOf(value) : undefined;
  return time === undefined || time < 0n ? undefined : Number(time);
}
