import type { Policy } from '@antivenom/core';
import type { ProgressReporter } from '@antivenom/node';
import type { VerifiedFiles } from './cache/verified-files.ts';
import type { Fetcher } from './downloads/fetcher.ts';

/** What every operation of the client gets of the world around. */
export interface ClientEnv {
  /** The folder of trust store and credentials. */
  readonly home: string;
  /** The fixed time of the check, ms since the epoch. */
  readonly now: number;
  /** False where `now` is another time than the machine's: then nothing is remembered. */
  readonly isRealTime: boolean;
  readonly policy: Policy;
  readonly fetcher: Fetcher;
  readonly progress: ProgressReporter;
  /** Where verified indexes are kept; undefined where the servers themselves are what is looked at. */
  readonly cache?: VerifiedFiles;
  /** How long to wait for another process at work on the trust store, in ms. */
  readonly lockWaitMs: number;
}
