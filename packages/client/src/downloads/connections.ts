/** Connections that are kept alive between requests, apart for each proxy and for each rule on addresses. */
import { lookup as systemLookup } from 'node:dns';
import type * as http from 'node:http';
import type { LookupFunction } from 'node:net';
import { type AddressClass, guardedLookup } from './address-class.ts';
import * as plain from './plain-connections.ts';
import { basicCredentials, effectivePort, type ProxyChoice } from './proxy.ts';

export interface ConnectionOptions {
  readonly proxyFor: ProxyChoice;
  readonly userAgent: string;
  /** The value of `Authorization` for an address that holds no credentials itself. */
  authorization(url: URL): string | undefined;
  readonly connectMs: number;
  readonly authorities: readonly string[];
  readonly lookup: LookupFunction | undefined;
}

/** One request of `GET`, not sent yet: `end()` sends it. */
export interface PreparedRequest {
  readonly request: http.ClientRequest;
  /** Whether a proxy makes the connection, so that the address connected to says nothing of the server. */
  readonly proxied: boolean;
}

/** How requests of a scheme are made. */
type Transport = Pick<typeof plain, 'request' | 'makeAgent'>;

export class Connections {
  readonly #options: ConnectionOptions;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * @param from the class of the server that redirected here, which may not lead everywhere; undefined for an address
   * that the user gave, who may name any
   */
  async prepare(url: URL, from: AddressClass | undefined): Promise<PreparedRequest> {
    const proxy = this.#options.proxyFor(url);
    const authorization = basicCredentials(url) ?? this.#options.authorization(url);
    const headers: http.OutgoingHttpHeaders = {
      host: url.host,
      'user-agent': this.#options.userAgent,
      accept: '*/*',
      'accept-encoding': 'identity',
      ...(authorization === undefined ? {} : { authorization }),
    };
    if (url.protocol === 'http:' && proxy !== undefined) {
      return { request: await this.#throughProxy(url, proxy, headers), proxied: true };
    }
    const transport = await transportOf(url.protocol);
    const request = transport.request({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: effectivePort(url),
      path: `${url.pathname}${url.search}`,
      headers,
      agent: this.#agent(transport, url.protocol, proxy, from),
    });
    return { request, proxied: proxy !== undefined };
  }

  /** A plain request is sent to the proxy itself, with its whole address (RFC 9112 section 3.2.2). */
  async #throughProxy(url: URL, proxy: URL, headers: http.OutgoingHttpHeaders): Promise<http.ClientRequest> {
    const credentials = basicCredentials(proxy);
    const transport = await transportOf(proxy.protocol);
    return transport.request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: effectivePort(proxy),
      path: `http://${url.host}${url.pathname}${url.search}`,
      headers: { ...headers, ...(credentials === undefined ? {} : { 'proxy-authorization': credentials }) },
      agent: this.#agent(transport, proxy.protocol, undefined, undefined),
    });
  }

  #agent(transport: Transport, protocol: string, proxy: URL | undefined, from: AddressClass | undefined): http.Agent {
    // A connection made to any address must not serve a redirect that may not lead there: the pools stay apart.
    const key = `${protocol} ${proxy === undefined ? `direct ${from}` : 'tunnel'}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const { lookup = systemLookup as LookupFunction } = this.#options;
    const agent = transport.makeAgent({
      ...this.#options,
      proxy,
      lookup: from === undefined ? lookup : guardedLookup(lookup, from),
    });
    this.#agents.set(key, agent);
    return agent;
  }
}

async function transportOf(protocol: string): Promise<Transport> {
  return protocol === 'https:' ? import('./secure-connections.ts') : plain;
}
