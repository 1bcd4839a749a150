/** Why one attempt to download failed, in plain words, and whether another one may fare better. */
import { TunnelRefused } from './tunnel-refused.ts';

export interface FailureOptions {
  readonly hint?: string | undefined;
  readonly retry?: boolean;
  /** ms that the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly status?: number | undefined;
}

/**
 * Holds no error of the platform: what those carry (headers, options, addresses) is not ours to vouch for, and may hold
 * credentials.
 */
export class FailedAttempt extends Error {
  readonly reason: string;
  readonly hint: string | undefined;
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(reason: string, options: FailureOptions = {}) {
    super(reason);
    this.reason = reason;
    this.hint = options.hint;
    this.retry = options.retry ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }

  /** The same, told of a server that another one redirected to. */
  afterRedirect(origin: string): FailedAttempt {
    return new FailedAttempt(`${this.reason} (redirected to ${origin})`, this);
  }
}

const RETRIED_STATUSES = new Set([408, 425, 429]);
const LATER = 'Try again later; if it lasts, tell whoever runs the server.';
const NETWORK = 'Check the address and the network, also the proxy variables HTTPS_PROXY and NO_PROXY.';

const BY_CODE: ReadonlyMap<string, FailureOptions & { readonly reason: string }> = new Map([
  ['ECONNREFUSED', { reason: 'the server refuses the connection', retry: true }],
  ['ECONNRESET', { reason: 'the server cut the connection', retry: true }],
  ['ERR_STREAM_PREMATURE_CLOSE', { reason: 'the server cut the connection', retry: true }],
  ['EPIPE', { reason: 'the server cut the connection', retry: true }],
  ['ETIMEDOUT', { reason: 'the server does not answer in time', retry: true }],
  ['EHOSTUNREACH', { reason: 'no way leads to the server', retry: true }],
  ['ENETUNREACH', { reason: 'no way leads to the server', retry: true }],
  ['EAI_AGAIN', { reason: 'the name of the server cannot be looked up at present', retry: true }],
  ['ENOTFOUND', { reason: 'the name of the server is not known' }],
]);

/** @param error as node:http, node:tls and node:dns throw them */
export function connectionFailure(error: unknown): FailedAttempt {
  if (error instanceof FailedAttempt) return error;
  if (error instanceof TunnelRefused) return tunnelFailure(error.status);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = BY_CODE.get(code);
  if (known !== undefined) return new FailedAttempt(known.reason, { hint: NETWORK, ...known });
  if (code.startsWith('HPE_')) return new FailedAttempt('what the server answers is not HTTP', { hint: NETWORK });
  if (/CERT|SSL|TLS|SIGNATURE|ISSUER/.test(code)) {
    return new FailedAttempt(`the certificate or TLS of the server is not as it must be (${code})`, {
      hint: 'If the server belongs to you, have its authority trusted by NODE_EXTRA_CA_CERTS; else something stands between.',
    });
  }
  return new FailedAttempt(code === '' ? 'the connection failed' : `the connection failed (${code})`, {
    hint: NETWORK,
  });
}

/** An answer that is neither the file nor its absence. */
export function statusFailure(status: number, retryAfterMs: number | undefined): FailedAttempt {
  if (status === 401 || status === 403) {
    return new FailedAttempt(
      `the server answers with status ${status}: it gives nothing away without valid credentials`,
      {
        hint: 'Add the channel again with its user and password or its /t/<token>/ in the URL, or ask its owner for access.',
        status,
      },
    );
  }
  if (status === 407) return tunnelFailure(status);
  const retry = status >= 500 || RETRIED_STATUSES.has(status);
  return new FailedAttempt(`the server answers with status ${status}`, {
    hint: retry ? LATER : 'Check the address; if it is right, tell whoever runs the server.',
    retry,
    status,
    retryAfterMs,
  });
}

function tunnelFailure(status: number): FailedAttempt {
  const hint =
    status === 407
      ? 'Put user and password into HTTPS_PROXY or HTTP_PROXY: http://USER:PASSWORD@HOST:PORT.'
      : 'Ask whoever runs the proxy, or name the host in NO_PROXY to go without it.';
  return new FailedAttempt(`the proxy on the way to the server answers with status ${status}`, {
    hint,
    retry: status >= 500,
    status,
  });
}
