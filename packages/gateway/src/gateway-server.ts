/** The gateway's own web server: a port at which clients ask for `/NAME/…`. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { channelUrlKey } from '@antivenom/core';
import { Access } from './access.ts';
import { Gateway, type GatewayEnv, type GatewayOptions } from './gateway.ts';
import { channelPaths, readTarget } from './request-target.ts';
import { RESERVED_NAMES } from './routes.ts';

export interface GatewayServerOptions extends GatewayOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Names besides `host` by which clients call it. */
  readonly names: readonly string[];
  /** Of its clients; none: it asks for none. */
  readonly tokens: readonly string[];
  /** ms that requests under way may take once the gateway is asked to stop. */
  readonly graceMs: number;
  /** PEM. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

export class GatewayServer {
  readonly #gateway: Gateway;
  readonly #options: GatewayServerOptions;
  readonly #paths: ReadonlyMap<string, string>;
  readonly #access: Access;
  readonly #server: Server;

  /** Reads the channels, then opens the port. @throws StoreError `io` and what the system says of a port that cannot be had */
  static async start(options: GatewayServerOptions, env: GatewayEnv): Promise<GatewayServer> {
    const started = new GatewayServer(await Gateway.open(options, env), options);
    started.#server.listen(options.port, options.host);
    await once(started.#server, 'listening');
    return started;
  }

  private constructor(gateway: Gateway, options: GatewayServerOptions) {
    this.#gateway = gateway;
    this.#options = options;
    const addresses = new Map(options.channels.map(({ name, url }) => [name, channelUrlKey(url) ?? '']));
    this.#paths = channelPaths(addresses, RESERVED_NAMES);
    this.#access = new Access({ listen: options.host, names: options.names, tokens: options.tokens });
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    const { tls } = options;
    this.#server = tls ? createTlsServer({ key: tls.key, cert: tls.certificate }, answer) : createServer(answer);
  }

  /** Without a slash at its end. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    const host = address.includes(':') ? `[${address}]` : address;
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  }

  /** Takes no more requests, and ends once those under way are answered, or after the time of grace. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    await this.#gateway.settle(this.#options.graceMs);
    this.#server.closeAllConnections();
    await closed;
    this.#gateway.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { target, token, shown } = readTarget(request.url ?? '', this.#paths);
    const admit = () => this.#access.check(request, token);
    void this.#gateway.answer({ target, shown, admit }, request, response);
  }
}
