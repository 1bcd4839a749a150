import type { JsonLimits } from '../json/limits.ts';
import type { CryptoPort } from '../ports.ts';

export interface CctLimits {
  /** For each metadata file. */
  readonly json: JsonLimits;
}

/** What verification needs of its surroundings, fixed for its whole course. */
export interface CctEnv {
  readonly crypto: CryptoPort;
  /** ms since the epoch */
  readonly now: number;
  readonly limits: CctLimits;
}
