import { ContentTrustError, parseTimestamp, UsageError } from '@antivenom/core';

/**
 * The time that `--at` names.
 *
 * @returns ms since the epoch
 * @throws UsageError `usage`
 */
export function parseTimeOfCheck(at: string): number {
  try {
    return parseTimestamp(at, '--at');
  } catch (error) {
    if (!(error instanceof ContentTrustError)) throw error;
    throw new UsageError('usage', error.message, { hint: 'For example --at 2021-09-01T00:00:00Z.' });
  }
}
