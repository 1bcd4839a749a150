/** TLS connections to a server through a proxy (`CONNECT`, RFC 9110 section 9.3.6). */
import type * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import * as plain from './plain-connections.ts';
import { basicCredentials, effectivePort } from './proxy.ts';
import { TunnelRefused } from './tunnel-refused.ts';

export interface TunnelOptions {
  readonly proxy: URL;
  /** PEM certificates of all authorities that count, for proxy and server alike. */
  readonly ca: readonly string[];
  readonly userAgent: string;
  /** ms until the proxy must have made the connection. */
  readonly connectMs: number;
}

/** Keeps connections alive as every agent does; each was made through the proxy. */
export class TunnelAgent extends https.Agent {
  readonly #tunnel: TunnelOptions;

  constructor(tunnel: TunnelOptions, options: https.AgentOptions) {
    super(options);
    this.#tunnel = tunnel;
  }

  override createConnection(
    options: http.ClientRequestArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { host, port } = options;
    openTunnel(this.#tunnel, `${isIP(String(host)) === 6 ? `[${host}]` : host}:${port}`, (error, socket) => {
      // The agent takes an error without a socket; its type does not say so.
      if (socket === undefined) callback?.(error, undefined as unknown as Duplex);
      else callback?.(null, tls.connect({ ...(options as tls.ConnectionOptions), socket }));
    });
  }
}

function openTunnel(
  { proxy, ca, userAgent, connectMs }: TunnelOptions,
  authority: string,
  done: (error: Error | null, socket?: Socket) => void,
): void {
  const credentials = basicCredentials(proxy);
  const request = (proxy.protocol === 'https:' ? https : plain).request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: effectivePort(proxy),
    ca: [...ca],
    rejectUnauthorized: true,
    agent: false,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      'user-agent': userAgent,
      ...(credentials === undefined ? {} : { 'proxy-authorization': credentials }),
    },
  });
  const timer = setTimeout(() => request.destroy(timedOut()), connectMs);
  const end = (error: Error | null, socket?: Socket) => {
    clearTimeout(timer);
    done(error, socket);
  };
  request.once('connect', (response, socket, head) => {
    // A server does not speak before the client does: early bytes are the proxy's own.
    if (response.statusCode === 200 && head.length === 0) return end(null, socket as Socket);
    socket.destroy();
    return end(new TunnelRefused(response.statusCode ?? 0));
  });
  request.on('error', (error) => end(error));
  request.end();
}

function timedOut(): Error {
  return Object.assign(new Error('the proxy does not answer'), { code: 'ETIMEDOUT' });
}
