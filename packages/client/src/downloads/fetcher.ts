/** Files from web servers and disks, as they are: whoever asks for them verifies them. */
import type { LookupFunction } from 'node:net';
import type { ByteStream } from '@antivenom/core';
import { DownloadError } from '@antivenom/core/tuf';
import type { ProgressReporter } from '@antivenom/node';
import { Connections } from './connections.ts';
import { FailedAttempt } from './failed-attempt.ts';
import type { FetchRequest } from './fetch-request.ts';
import { openFile } from './file-source.ts';
import { openHttp } from './http-source.ts';
import type { DownloadLimits } from './limits.ts';
import type { OpenedFile } from './opened-file.ts';
import { type Environment, proxyChoice } from './proxy.ts';
import type { RedactedUrl } from './redacted-url.ts';

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
  /**
   * Its pieces as they come, or undefined where it is not there. It holds a connection until it is read to its end or left
   * (`return`), so it must be read. A stream that breaks off is not taken up again.
   */
  stream(url: RedactedUrl, request: FetchRequest): Promise<ByteStream | undefined>;
}

export interface FetcherOptions {
  readonly limits: DownloadLimits;
  /** For the proxy variables. */
  readonly environment: Environment;
  readonly progress: ProgressReporter;
  /** ms on a clock that never goes back. */
  now(): number;
  /** Waits so many ms between attempts. */
  sleep(ms: number): Promise<void>;
  /** From 0 up to 1, for jitter. */
  random(): number;
  /** What this program calls itself to servers, such as `antivenom/0.1.0`. */
  readonly userAgent: string;
  /** The value of `Authorization` for an address that holds no credentials itself; none by default. */
  authorization?(url: URL): string | undefined;
  /** PEM certificates of authorities to trust besides the built-in ones. */
  readonly authorities?: readonly string[];
  /** Host names to addresses; by default as the system has them. */
  readonly lookup?: LookupFunction;
}

/** @throws UsageError `usage` for proxy variables that name no proxy */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { limits, now, userAgent } = options;
  const connections = new Connections({
    proxyFor: proxyChoice(options.environment),
    userAgent,
    authorization: (url) => options.authorization?.(url),
    connectMs: limits.connectMs,
    authorities: options.authorities ?? [],
    lookup: options.lookup,
  });
  const open = async (url: RedactedUrl, request: FetchRequest, deadline: number) => {
    const opened = url.isFile
      ? await openFile(url, request.maxLength)
      : await openHttp(url, request, { connections, limits, deadline, now });
    return opened && { ...opened, pieces: reporting(opened, url, options.progress) };
  };
  return {
    bytes: (url, request) =>
      repeated(url, options, async (deadline) => {
        const opened = await open(url, request, deadline);
        return opened && collect(opened);
      }),
    stream: async (url, request) => {
      const opened = await repeated(url, options, (deadline) => open(url, request, deadline));
      return opened && explained(opened, url);
    },
  };
}

/** Does it again, after a while, where that may help. */
async function repeated<T>(
  url: RedactedUrl,
  { limits, now, sleep, random }: FetcherOptions,
  attempt: (deadline: number) => Promise<T>,
): Promise<T> {
  const deadline = now() + limits.totalMs;
  for (let made = 1; ; made++) {
    try {
      return await attempt(deadline);
    } catch (error) {
      if (!(error instanceof FailedAttempt)) throw error;
      const backOff = limits.backOffMs * 2 ** (made - 1) * (0.5 + random() / 2);
      const wait = Math.min(Math.max(backOff, error.retryAfterMs ?? 0), limits.maxBackOffMs);
      if (!error.retry || made >= limits.attempts || now() + wait >= deadline) throw unreachable(url, error, made);
      await sleep(wait);
    }
  }
}

async function* explained(opened: OpenedFile, url: RedactedUrl): ByteStream {
  try {
    yield* opened.pieces;
  } catch (error) {
    throw error instanceof FailedAttempt ? unreachable(url, error, 1) : error;
  }
}

async function* reporting({ length, pieces }: OpenedFile, url: RedactedUrl, progress: ProgressReporter): ByteStream {
  const task = progress.start(`downloading ${url}`, length);
  try {
    for await (const piece of pieces) {
      task.advance(piece.length);
      yield piece;
    }
  } finally {
    task.done();
  }
}

async function collect({ pieces }: OpenedFile): Promise<Uint8Array> {
  const collected: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    collected.push(piece);
    length += piece.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of collected) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function unreachable(url: RedactedUrl, failure: FailedAttempt, attempts: number): DownloadError {
  const { reason, hint, status } = failure;
  return new DownloadError('unreachable', `${url} could not be fetched: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { url: `${url}`, reason, attempts, ...(status === undefined ? {} : { status }) },
  });
}
