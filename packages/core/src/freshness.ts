/** Metadata that was true once: past its expiry, or older than what was accepted before. */
import { FreshnessError } from './errors.ts';

/**
 * @param now the fixed time of the refresh, ms
 * @throws FreshnessError `expired` from the very second of the expiry on
 */
export function checkExpiry(metadata: { readonly expires: number }, where: string, now: number): void {
  if (metadata.expires > now) return;
  const day = new Date(metadata.expires).toISOString().slice(0, 10);
  throw new FreshnessError('expired', `${where} expired on ${day}, ${ago(now - metadata.expires)}`, {
    hint: 'If the clock of this machine is right, the owner of the channel must sign again; tell them.',
    details: { file: where, expires: new Date(metadata.expires).toISOString() },
  });
}

function ago(duration: number): string {
  const units: [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ];
  for (const [unit, length] of units) {
    const count = Math.floor(duration / length);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

/** The error for anything older than what was accepted before. */
export function rollback(where: string, message: string): FreshnessError {
  return new FreshnessError('rollback', message, {
    hint: 'The server or mirror serves older metadata than it did before: try another mirror, and tell the owner of the channel.',
    details: { file: where },
  });
}
