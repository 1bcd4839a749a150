/** A forward proxy for the tests: plain requests and `CONNECT`, with hosts that lead where the test says. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ForwardProxyOptions {
  /** Where a `host:port` really is, so that names of the tests exist; others are refused with 502. */
  readonly hosts: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** `user:password` that clients must bring, else 407. */
  readonly credentials?: string;
}

export class ForwardProxy implements AsyncDisposable {
  /** First lines of requests, such as `CONNECT channel.test:443` or `GET http://channel.test/x`. */
  readonly requests: string[] = [];
  /** Of plain requests, which the proxy can read. */
  readonly headers: IncomingMessage['headers'][] = [];
  readonly #options: ForwardProxyOptions;
  readonly #server: Server;
  readonly #tunnels = new Set<Socket>();

  private constructor(options: ForwardProxyOptions) {
    this.#options = options;
    this.#server = createServer((incoming, response) => {
      const place = this.#accept(incoming, new URL(incoming.url ?? '').host);
      if (typeof place === 'number') return void response.writeHead(place).end();
      const { pathname, search } = new URL(incoming.url ?? '');
      const { 'proxy-authorization': _, ...headers } = incoming.headers;
      this.headers.push(incoming.headers);
      const forwarded = request({ ...place, path: `${pathname}${search}`, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      return void forwarded.on('error', () => response.destroy()).end();
    });
    this.#server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
      const place = this.#accept(incoming, incoming.url ?? '');
      if (typeof place === 'number') return void socket.end(`HTTP/1.1 ${place} Refused\r\n\r\n`);
      const far = connect(place.port, place.host, () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'));
      for (const [one, other] of [
        [socket, far],
        [far, socket],
      ] as const) {
        this.#tunnels.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy()).on('close', () => this.#tunnels.delete(one));
      }
      return undefined;
    });
  }

  static async start(options: ForwardProxyOptions): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
    await closed;
  }

  /** Where to, or the status of the refusal. */
  #accept(incoming: IncomingMessage, authority: string): { host: string; port: number } | number {
    this.requests.push(`${incoming.method} ${incoming.url}`);
    const { credentials, hosts } = this.#options;
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (wanted !== undefined && incoming.headers['proxy-authorization'] !== wanted) return 407;
    return hosts.get(authority) ?? 502;
  }
}
