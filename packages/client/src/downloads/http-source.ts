/** One attempt to get a file from a web server: redirects, limits, and an answer that is whole or an error. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ContentTrustError, MalformedError } from '@antivenom/core/tuf';
import { type AddressClass, AddressRefused, addressClass, hostClass } from './address-class.ts';
import type { Connections } from './connections.ts';
import { connectionFailure, FailedAttempt, statusFailure } from './failed-attempt.ts';
import type { FetchRequest } from './fetch-request.ts';
import type { DownloadLimits } from './limits.ts';
import { type OpenedFile, tooLong } from './opened-file.ts';
import { outOfTime, Pace } from './pace.ts';
import type { RedactedUrl } from './redacted-url.ts';
import { isRedirect, RedirectTrail } from './redirects.ts';

/** With so much left to read, a connection is worth keeping; with more, a new one is cheaper. */
const DRAINED_BYTES = 1 << 14;
const DRAIN_MS = 2000;

export interface HttpContext {
  readonly connections: Connections;
  readonly limits: DownloadLimits;
  /** ms, on the clock `now`. */
  readonly deadline: number;
  readonly now: () => number;
}

interface Answer {
  readonly response: IncomingMessage;
  readonly status: number;
  readonly from: AddressClass;
}

/**
 * Undefined where the server says that the file is not there.
 *
 * @throws VerificationError `redirect-refused`, `length-mismatch`; MalformedError for an encoding not asked for
 * @throws FailedAttempt for anything that may be different with another attempt, or on another day
 */
export async function openHttp(
  url: RedactedUrl,
  request: FetchRequest,
  context: HttpContext,
): Promise<OpenedFile | undefined> {
  const { response, status } = await followRedirects(url, context);
  if (status === 404 || request.absent?.includes(status)) {
    await leave(response);
    return undefined;
  }
  try {
    if (status !== 200) throw statusFailure(status, retryAfter(response));
    const encoding = response.headers['content-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw encoded(url);
    const length = declaredLength(response);
    if (length !== undefined && length > request.maxLength) throw tooLong(url, request.maxLength);
    request.onHeaders?.(headersOf(response));
    const pace = new Pace(context.limits, context.deadline, context.now);
    return { length, pieces: pieces(response, pace, () => tooLong(url, request.maxLength), request.maxLength) };
  } catch (error) {
    if (error instanceof FailedAttempt) await leave(response);
    else response.destroy();
    throw error;
  }
}

async function followRedirects(url: RedactedUrl, context: HttpContext): Promise<Answer> {
  const trail = new RedirectTrail(url, context.limits.redirects);
  let current = new URL(url.reveal());
  let from: AddressClass | undefined;
  for (;;) {
    const answer = await ask(current, from, context).catch((error: unknown) => {
      if (error instanceof AddressRefused) throw trail.refusal(`from a ${from} to a ${error.to} address`);
      const failure = connectionFailure(error);
      throw from === undefined ? failure : failure.afterRedirect(current.origin);
    });
    if (!isRedirect(answer.status)) return answer;
    await leave(answer.response);
    current = trail.follow(current, answer.response.headers.location, answer.from);
    from = answer.from;
  }
}

/** Rejects with errors of the platform, {@link AddressRefused} among them, or a FailedAttempt. */
async function ask(url: URL, redirectedFrom: AddressClass | undefined, context: HttpContext): Promise<Answer> {
  const { connections, limits, deadline, now } = context;
  const { request, proxied } = await connections.prepare(url, redirectedFrom);
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const allow = (ms: number, failure: () => FailedAttempt) => {
      clearTimeout(timer);
      const left = deadline - now();
      timer = left < ms ? setTimeout(end, left, outOfTime()) : setTimeout(end, ms, failure());
    };
    const end = (error: unknown) => {
      clearTimeout(timer);
      request.destroy();
      reject(error);
    };
    allow(limits.connectMs, () => unanswered('the server cannot be reached in time'));
    request.on('error', end);
    request.once('socket', (socket) => {
      whenConnected(socket, () => allow(limits.rateWindowMs, () => unanswered('the server does not answer in time')));
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      const from = proxied ? hostClass(url.hostname) : addressClass(response.socket.remoteAddress ?? '');
      resolve({ response, status: response.statusCode ?? 0, from });
    });
    request.end();
  });
}

function whenConnected(socket: Socket, then: () => void): void {
  if (!isSecure(socket)) {
    if (socket.connecting) socket.once('connect', then);
    else then();
  } else if (socket.getCipher() === undefined) socket.once('secureConnect', then);
  else then();
}

/** By its own mark, which it has that node:tls need not be loaded. */
function isSecure(socket: Socket): socket is TLSSocket {
  return 'encrypted' in socket && socket.encrypted === true;
}

async function* pieces(
  response: IncomingMessage,
  pace: Pace,
  tooMuch: () => Error,
  maxLength: number,
): AsyncGenerator<Uint8Array> {
  const source: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
  let length = 0;
  try {
    for (;;) {
      const next = await pace.wait(source.next());
      if (next.done === true) return;
      length += next.value.length;
      if (length > maxLength) throw tooMuch();
      yield next.value;
    }
  } catch (error) {
    throw error instanceof ContentTrustError ? error : connectionFailure(error);
  } finally {
    response.destroy();
  }
}

/** Ends an answer of which nothing is wanted; where that costs little, so that its connection serves the next request. */
async function leave(response: IncomingMessage): Promise<void> {
  const length = declaredLength(response);
  response.on('error', () => {}); // nobody waits for it any more
  if (length === undefined || length > DRAINED_BYTES) {
    response.destroy();
    return;
  }
  const timer = setTimeout(() => response.destroy(), DRAIN_MS);
  await new Promise((resolve) => response.once('close', resolve).resume());
  clearTimeout(timer);
}

/** Of a field that came twice, what Node makes of it. */
function headersOf({ headers }: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])));
}

function declaredLength(response: IncomingMessage): number | undefined {
  const text = response.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

/** ms, from seconds or from a date, which is compared with the server's own. */
function retryAfter(response: IncomingMessage): number | undefined {
  const text = response.headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const wait = Date.parse(text) - Date.parse(response.headers.date ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

function unanswered(reason: string): FailedAttempt {
  return new FailedAttempt(reason, {
    hint: 'Check the address and the network, also the proxy variables HTTPS_PROXY and NO_PROXY.',
    retry: true,
  });
}

function encoded(url: RedactedUrl): MalformedError {
  return new MalformedError(`${url} comes in an encoding that nobody asked for (Content-Encoding)`, {
    hint: 'Tell whoever runs the server: files of a channel are served as they are.',
    details: { url: `${url}` },
  });
}
