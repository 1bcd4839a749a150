import { UsageError } from '../errors.ts';

/**
 * The error for a mistake in a policy.
 *
 * @param where `FILE:LINE:COLUMN`, both from 1
 */
export function policyMistake(where: string, message: string, cause?: unknown): UsageError {
  return new UsageError('policy-invalid', `${where}: ${message}`, {
    hint: 'Mend the policy there: until it can be read whole, nothing is verified by it.',
    details: { where },
    ...(cause === undefined ? {} : { cause }),
  });
}
