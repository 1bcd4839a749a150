import type { JsonLimits } from '../json/limits.ts';
import type { CryptoPort } from '../ports.ts';

/** Bounds on what is read of a repository; always given by the caller. Lengths in bytes. */
export interface TufLimits {
  readonly json: JsonLimits;
  readonly maxRootLength: number;
  readonly maxTimestampLength: number;
  readonly maxSnapshotLength: number;
  readonly maxTargetsLength: number;
  /** Roots that one refresh walks through; kept by the caller, who fetches them. */
  readonly maxRootRotations: number;
  /** Roles that one search for a target visits. */
  readonly maxDelegations: number;
}

/** What verification needs from outside. */
export interface TufEnv {
  readonly crypto: CryptoPort;
  /** The fixed time of the whole refresh (specification 5.1), ms since the epoch. */
  readonly now: number;
  readonly limits: TufLimits;
}
