/** Where nobody answers, what is stored still tells whether the channel has expired in the meantime. */
import { ContentTrustError, DownloadError, FreshnessError } from '@antivenom/core/tuf';

/**
 * What to throw where an update failed.
 *
 * @param checkStored goes through what is stored as if it were new
 * @returns an error `expired` where nobody answered and what is stored has expired, else `failure` itself
 */
export async function failureOf(failure: unknown, checkStored: () => Promise<void>): Promise<unknown> {
  if (!(failure instanceof DownloadError)) return failure;
  try {
    await checkStored();
  } catch (error) {
    if (!(error instanceof ContentTrustError)) return error;
    if (error.code === 'expired') {
      return new FreshnessError('expired', `${error.message}, and no newer one can be had: ${failure.message}`, {
        hint: 'Try again when the server answers; nothing is accepted until then.',
        details: error.details,
        cause: failure,
      });
    }
  }
  return failure;
}
