import { MalformedError } from './errors.ts';

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/;

/**
 * Reads a moment as CCT and TUF write it, `YYYY-MM-DDTHH:MM:SSZ`; it must exist in the calendar.
 *
 * @param where names the place for a person: "root.json: `expires`"
 * @returns ms since the epoch
 * @throws MalformedError
 */
export function parseTimestamp(text: string, where: string): number {
  const ms = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 1 March and 24:00 for the next day.
  if (Number.isNaN(ms) || formatTimestamp(ms) !== text) {
    throw new MalformedError(`${where} must be a time that exists, written YYYY-MM-DDTHH:MM:SSZ`, {
      hint: 'The file is not of the format it should have: ask its owner, or fetch it again.',
    });
  }
  return ms;
}

/**
 * Writes a moment as `YYYY-MM-DDTHH:MM:SSZ`, whole seconds, rounded down.
 *
 * @param ms since the epoch, years 0000 to 9999
 */
export function formatTimestamp(ms: number): string {
  const text = new Date(ms).toISOString();
  if (text.length !== 24) throw new RangeError(`not a year of four digits: ${text}`);
  return `${text.slice(0, 19)}Z`;
}

const MINUTE_MS = 60_000;
const UNITS = [
  ['day', 1440 * MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
] as const;

/**
 * A span of time for a person, to the nearest: `3 days`; below two days `36 hours`, below two hours `90 minutes`.
 *
 * @param ms not negative
 */
export function spanText(ms: number): string {
  const [unit, length] = UNITS.find((candidate) => ms >= 2 * candidate[1]) ?? ['minute', MINUTE_MS];
  const count = Math.round(ms / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
