/**
 * The next version of metadata that stands already: all its members as they are, a new version and expiry, and what is
 * changed on purpose. How long a role lasts is written in the role itself, so that renewing needs no memory of the ceremony.
 */
import {
  type CctMetadata,
  expectInteger,
  expectString,
  formatTimestamp,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  member,
  parseTimestamp,
  type Signed,
} from '@antivenom/core';
import { DAY_MS, DEFAULT_LIFETIME_DAYS, type LifetimeRole } from './role-plan.ts';

const LIFETIME = 'x-antivenom-lifetime-days';

/** Writes into new metadata how long each of its versions lasts. */
export function withLifetime(signed: JsonObject, days: number): JsonObject {
  return new Map<string, JsonValue>([...signed, [LIFETIME, JsonNumber.ofInteger(days)]]);
}

/** ms from one signing of the role to its expiry. */
export function lifetimeOf(role: string, { raw }: Pick<Signed, 'raw'>): number {
  const stated = raw.get(LIFETIME);
  const days =
    stated === undefined
      ? (DEFAULT_LIFETIME_DAYS[role as LifetimeRole] ?? DEFAULT_LIFETIME_DAYS.targets)
      : expectInteger(stated, `${role}: \`${LIFETIME}\``, { min: 1, max: 36_500 });
  return days * DAY_MS;
}

/** When metadata was signed, ms since the epoch. */
export function signedAt(role: string, raw: JsonObject): number {
  const expires = parseTimestamp(expectString(member(raw, 'expires', role), role), role);
  return expires - lifetimeOf(role, { raw });
}

/** Whether more than half of the role's life is over. */
export function isPastHalf(role: string, signed: Signed, now: number): boolean {
  return signed.expires - now < lifetimeOf(role, signed) / 2;
}

/** The signed part of the next version. */
export function reissue(
  role: string,
  current: Signed,
  now: number,
  changes: Readonly<Record<string, JsonValue>> = {},
): JsonObject {
  const next = new Map(current.raw);
  next.set('version', JsonNumber.ofInteger(current.version + 1));
  next.set('expires', formatTimestamp(now + lifetimeOf(role, current)));
  for (const [member, value] of Object.entries(changes)) next.set(member, value);
  return next;
}

/** {@link isPastHalf} in a chain of record signatures. */
export function isCctPastHalf({ issued, expires }: CctMetadata, now: number): boolean {
  return expires - now < (expires - issued) / 2;
}

/** The same in a chain of record signatures, whose metadata states when it was signed, and so how long it lasts. */
export function reissueCct({ raw, version, issued, expires }: CctMetadata, now: number): JsonObject {
  const next = new Map(raw);
  next.set('version', JsonNumber.ofInteger(version + 1));
  next.set('timestamp', formatTimestamp(now));
  next.set('expiration', formatTimestamp(now + expires - issued));
  return next;
}
