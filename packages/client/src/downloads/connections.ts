/** Connections that are kept alive between requests, apart for each proxy and for each rule on addresses. */
import { lookup as systemLookup } from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { type AddressClass, guardedLookup } from './address-class.ts';
import { basicCredentials, effectivePort, type ProxyChoice } from './proxy.ts';
import { TunnelAgent } from './tunnel.ts';

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

export class Connections {
  readonly #options: ConnectionOptions;
  readonly #agents = new Map<string, http.Agent>();
  #ca: readonly string[] | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * @param from the class of the server that redirected here, which may not lead everywhere; undefined for an address
   * that the user gave, who may name any
   */
  prepare(url: URL, from: AddressClass | undefined): PreparedRequest {
    const proxy = this.#options.proxyFor(url);
    const authorization = basicCredentials(url) ?? this.#options.authorization(url);
    const headers: http.OutgoingHttpHeaders = {
      host: url.host,
      'user-agent': this.#options.userAgent,
      accept: '*/*',
      'accept-encoding': 'identity',
      ...(authorization === undefined ? {} : { authorization }),
    };
    const path = `${url.pathname}${url.search}`;
    if (url.protocol === 'http:' && proxy !== undefined) {
      return { request: this.#throughProxy(url, proxy, headers), proxied: true };
    }
    const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: effectivePort(url), path, headers };
    const agent = this.#agent(url.protocol, proxy, from);
    const request = (url.protocol === 'https:' ? https : http).request({ ...target, agent });
    return { request, proxied: proxy !== undefined };
  }

  /** A plain request is sent to the proxy itself, with its whole address (RFC 9112 section 3.2.2). */
  #throughProxy(url: URL, proxy: URL, headers: http.OutgoingHttpHeaders): http.ClientRequest {
    const credentials = basicCredentials(proxy);
    return (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: effectivePort(proxy),
      path: `http://${url.host}${url.pathname}${url.search}`,
      headers: { ...headers, ...(credentials === undefined ? {} : { 'proxy-authorization': credentials }) },
      agent: this.#agent(proxy.protocol, undefined, undefined),
    });
  }

  #agent(protocol: string, proxy: URL | undefined, from: AddressClass | undefined): http.Agent {
    // A connection made to any address must not serve a redirect that may not lead there: the pools stay apart.
    const key = `${protocol} ${proxy === undefined ? `direct ${from}` : 'tunnel'}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const agent = this.#makeAgent(protocol, proxy, from);
    this.#agents.set(key, agent);
    return agent;
  }

  #makeAgent(protocol: string, proxy: URL | undefined, from: AddressClass | undefined): http.Agent {
    const { userAgent, connectMs, lookup = systemLookup as LookupFunction } = this.#options;
    const pool = { keepAlive: true, maxSockets: 8 };
    const guarded = { ...pool, lookup: from === undefined ? lookup : guardedLookup(lookup, from) };
    if (protocol === 'http:') return new http.Agent(guarded);
    const ca = this.#authorities();
    // Said here, so that no variable of the environment turns verification off.
    const secure = { ca: [...ca], rejectUnauthorized: true };
    if (proxy === undefined) return new https.Agent({ ...guarded, ...secure });
    return new TunnelAgent({ proxy, ca, userAgent, connectMs }, { ...pool, ...secure });
  }

  #authorities(): readonly string[] {
    this.#ca ??= [...getCACertificates('default'), ...this.#options.authorities];
    return this.#ca;
  }
}
