/**
 * A forward proxy in front of a gateway: a client asks for channels under their original addresses, and gets what the gateway
 * hands over of them. It listens on this machine alone, asks for a password, reaches nothing but the configured channels, and
 * speaks TLS for their hosts by an authority that lives as long as it does.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Fetcher } from '@antivenom/client';
import { PolicyError } from '@antivenom/core';
import { sendProblem } from './answer.ts';
import { type ChannelAddresses, type FoundAddress, likelyChannel } from './channel-addresses.ts';
import { EphemeralAuthority } from './ephemeral-authority.ts';
import type { Gateway } from './gateway.ts';
import { passThrough } from './pass-through.ts';
import { channelProblem, PROBLEM_TYPE, Problem } from './problem-document.ts';

const PROXY_USER = 'antivenom';
const PACKAGE_PATH = /\.(conda|tar\.bz2|whl)$/;

export interface ChannelProxyOptions {
  /** Those that are verified are channels of the gateway, under the same names. */
  readonly addresses: ChannelAddresses;
  /** One that no other user of this machine can know. */
  readonly password: string;
  /** ms since the epoch, by the machine's clock. */
  readonly now: number;
  /** For channels that are let through unverified. */
  readonly fetcher: Fetcher;
  /** A request, or a tunnel, of whoever knows the password. */
  asked(): void;
  /** What was asked for and not handed over. */
  refused(refusal: ProxyRefusal): void;
  /** A verified package that a client took. */
  handedOver(file: HandedOver): void;
}

export interface ProxyRefusal {
  /** Without credentials: an address, or `host:port`. */
  readonly what: string;
  readonly problem: Problem;
}

export interface HandedOver {
  /** The original address, as `channelUrlKey` spells it. */
  readonly url: string;
  readonly sha256: string;
}

export class ChannelProxy {
  /** PEM. */
  readonly authority: string;
  readonly #gateway: Gateway;
  readonly #options: ChannelProxyOptions;
  readonly #addresses: ChannelAddresses;
  readonly #authority: EphemeralAuthority;
  readonly #server: Server;
  /** What speaks at the end of tunnels, by `host:port`. They listen nowhere. */
  readonly #ends = new Map<string, Server>();
  readonly #tunnels = new Set<Duplex>();

  static async start(gateway: Gateway, options: ChannelProxyOptions): Promise<ChannelProxy> {
    const proxy = new ChannelProxy(gateway, options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(gateway: Gateway, options: ChannelProxyOptions) {
    this.#gateway = gateway;
    this.#options = options;
    this.#addresses = options.addresses;
    const secure = [...this.#addresses.servers.values()].filter(({ protocol }) => protocol === 'https:');
    this.#authority = new EphemeralAuthority(secure.map(bareHost), options.now);
    this.authority = this.#authority.certificate;
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#connect(request, socket, head),
    );
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** With the password. */
  get url(): string {
    return `http://${PROXY_USER}:${this.#options.password}@${this.host}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    for (const tunnel of this.#tunnels) tunnel.destroy();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '';
    const isPath = target.startsWith('/');
    const { authorization, 'proxy-authorization': proxyAuthorization } = request.headers;
    if (!this.#isKnown(isPath ? authorization : proxyAuthorization)) {
      return sendProblem(request, response, isPath ? UNKNOWN : UNKNOWN_TO_PROXY);
    }
    this.#options.asked();
    const url = URL.parse(target);
    // Clients with mirror settings ask for this address, perhaps through the proxy that it is.
    if (isPath) return this.#answer(this.#addresses.ofTarget(target), target, request, response);
    if (url?.host === this.host) {
      return this.#answer(this.#addresses.ofTarget(url.pathname), target, request, response);
    }
    return this.#ask(target, request, response);
  }

  /** @param address the original one */
  async #ask(address: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(address);
    const found = url !== null && /^https?:$/.test(url.protocol) ? this.#addresses.find(url) : undefined;
    return this.#answer(found, address, request, response);
  }

  async #answer(
    found: FoundAddress | undefined,
    asked: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (found === undefined) {
      const { what, problem } = notTrusted(asked);
      this.#options.refused({ what, problem });
      return sendProblem(request, response, problem);
    }
    const { channel, url, target, route } = found;
    const problem = channel.isVerified
      ? await this.#gateway.answer({ target, shown: target }, request, response)
      : await passThrough(url, this.#options.fetcher, request, response);
    const what = `${channel.url}${target.slice(channel.name.length + 1)}`;
    if (problem?.isRefusal) this.#options.refused({ what, problem });
    const isTaken = request.method === 'GET' && [200, 206, 304].includes(response.statusCode);
    if (channel.isVerified && route.kind === 'package' && isTaken) {
      // The gateway names each file by its hash.
      const [, sha256] = /^"([0-9a-f]{64})"$/.exec(String(response.getHeader('etag'))) ?? [];
      if (sha256 !== undefined) this.#options.handedOver({ url: what, sha256 });
    }
  }

  #connect(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#tunnels.add(socket);
    socket.once('close', () => this.#tunnels.delete(socket));
    if (!this.#isKnown(request.headers['proxy-authorization'])) {
      refuseTunnel(socket, UNKNOWN_TO_PROXY);
      return;
    }
    this.#options.asked();
    const authority = (request.url ?? '').toLowerCase();
    const server = this.#addresses.servers.get(authority);
    if (server === undefined) {
      const { what, problem } = notTrusted(`https://${authority.replace(/:443$/, '')}`);
      this.#options.refused({ what, problem });
      refuseTunnel(socket, problem);
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    this.#endOf(authority, server).emit('connection', socket);
  }

  #endOf(authority: string, server: URL): Server {
    const known = this.#ends.get(authority);
    if (known !== undefined) return known;
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      const target = request.url ?? '';
      void this.#ask(target.startsWith('/') ? `${server.origin}${target}` : target, request, response);
    };
    const end = server.protocol === 'https:' ? this.#secureEnd(bareHost(server), answer) : createServer(answer);
    this.#ends.set(authority, end);
    return end;
  }

  #secureEnd(host: string, answer: RequestListener): Server {
    const { key, certificate } = this.#authority.identityOf(host);
    const end = createTlsServer({ key, cert: certificate }, answer);
    // A client that does not trust the authority says so itself.
    return end.on('tlsClientError', () => {});
  }

  #isKnown(header: string | undefined): boolean {
    const [, pair = ''] = /^basic (\S+)$/i.exec(header ?? '') ?? [];
    const digest = (text: string) => createHash('sha256').update(text).digest();
    const wanted = `${PROXY_USER}:${this.#options.password}`;
    return timingSafeEqual(digest(Buffer.from(pair, 'base64').toString()), digest(wanted));
  }
}

/** IPv6 without brackets. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

const WHO = 'this proxy is for one command of one user';
const HINT = 'Use the proxy address that the command was given, with its password.';
const UNKNOWN = new Problem(401, 'usage', WHO, HINT, {}, { 'www-authenticate': 'Basic realm="antivenom"' });
const UNKNOWN_TO_PROXY = new Problem(407, 'usage', WHO, HINT, {}, { 'proxy-authenticate': 'Basic realm="antivenom"' });

/** Whatever it is, it is in no channel that was configured: 451 for what clients could take for an index that is not there. */
function notTrusted(asked: string): ProxyRefusal {
  const url = URL.parse(asked);
  const what = url === null ? 'what is no address' : likelyChannel(url);
  // A tunnel names its server alone.
  const [it, address] = url === null || url.pathname === '/' ? ['the channel', 'URL'] : ['it', what];
  const error = new PolicyError('not-trusted', `${what} is no channel that is trusted here`, {
    hint: `Add ${it}: antivenom trust add ${address} --fingerprint HEX. Or let it through unverified: --allow-untrusted ${address}`,
  });
  const isPackage = PACKAGE_PATH.test(url?.pathname ?? '');
  return { what, problem: channelProblem(error, isPackage ? 'package' : 'index', {}) };
}

/** Clients show the first line of such an answer, if anything. */
function refuseTunnel(socket: Socket, { status, body, headers }: Problem): void {
  const reason = status === 407 ? 'Proxy Authentication Required' : 'Refused by antivenom: not a trusted channel';
  const lines = Object.entries({
    ...headers,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status === 407 ? 407 : 403} ${reason}\r\n${lines.join('')}\r\n${body}`);
}
