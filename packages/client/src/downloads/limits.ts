/** What a server may cost who asks it. Times in ms. */
export interface DownloadLimits {
  /** To reach the server: name, connection, proxy and TLS together. */
  readonly connectMs: number;
  /** While bytes are waited for, at least `minimumRate` bytes a second over any window of this length. */
  readonly rateWindowMs: number;
  /** Bytes a second. */
  readonly minimumRate: number;
  /** For one file from the first attempt to its last byte, waiting and repeating included. */
  readonly totalMs: number;
  /** Attempts for one file. */
  readonly attempts: number;
  /** Before the second attempt; doubled for each one after. */
  readonly backOffMs: number;
  /** Waits between attempts end here, also where the server asks for longer (`Retry-After`). */
  readonly maxBackOffMs: number;
  readonly redirects: number;
}

export const DEFAULT_DOWNLOAD_LIMITS: DownloadLimits = {
  connectMs: 15_000,
  rateWindowMs: 30_000,
  minimumRate: 1000,
  totalMs: 3_600_000,
  attempts: 4,
  backOffMs: 500,
  maxBackOffMs: 20_000,
  redirects: 5,
};
