/** Files from web servers and disks, as they are: whoever asks for them verifies them. */
import type { LookupFunction } from 'node:net';
import type { ByteStream } from '@antivenom/core';
import type { ProgressReporter } from '@antivenom/node';
import type { DownloadLimits } from './limits.ts';
import type { RedactedUrl } from './redacted-url.ts';

export interface FetchRequest {
  /** Bytes. */
  readonly maxLength: number;
  /** HTTP statuses that mean "not there"; 404 always does. */
  readonly absent?: readonly number[];
}

/**
 * Both throw, before or while bytes come:
 *
 * - VerificationError `length-mismatch` past `maxLength`, `redirect-refused` for a redirect that may not be followed
 * - MalformedError for a body in an encoding that nobody asked for
 * - DownloadError `unreachable` for a server that does not answer, is too slow, cuts its answer short, or answers with an error
 */
export interface Fetcher {
  /** The whole file, or undefined where it is not there. */
  bytes(url: RedactedUrl, request: FetchRequest): Promise<Uint8Array | undefined>;
  /** Its pieces as they come, or undefined where it is not there. A stream that breaks off is not taken up again. */
  stream(url: RedactedUrl, request: FetchRequest): Promise<ByteStream | undefined>;
}

export interface FetcherOptions {
  readonly limits: DownloadLimits;
  /** For the proxy variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: ProgressReporter;
  /** ms on a clock that never goes back. */
  now(): number;
  /** Waits so many ms between attempts. */
  sleep(ms: number): Promise<void>;
  /** From 0 up to 1, for jitter. */
  random(): number;
  /** What this program calls itself to servers, such as `antivenom/0.1.0`. */
  readonly userAgent: string;
  /** PEM certificates of authorities to trust besides the built-in ones. */
  readonly authorities?: readonly string[];
  /** Host names to addresses; by default as the system has them. */
  readonly lookup?: LookupFunction;
}
