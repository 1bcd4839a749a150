/** The gateway's web server: from a request to verified bytes, or to the problem that stands against them. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientEnv } from '@antivenom/client';
import { rolesOf } from '@antivenom/client';
import { channelUrlKey, formatTimestamp, parseTimestamp } from '@antivenom/core';
import { Access } from './access.ts';
import { allowMethod } from './allowed-method.ts';
import { sendJson, sendProblem, sendText } from './answer.ts';
import { cacheDocument, channelDocument, leftOutDocument, verdictDocument } from './api.ts';
import { AttestationFiles } from './attestations.ts';
import { ChannelFiles } from './channel-files.ts';
import { ContentCache } from './content-cache.ts';
import { countedFetcher } from './counted-fetcher.ts';
import { FirstSights } from './first-sights.ts';
import { gauge, Metrics } from './metrics.ts';
import { OPENAPI } from './openapi.ts';
import { PackageFiles } from './package-files.ts';
import { notListed, Problem } from './problem-document.ts';
import { RefreshSchedule } from './refresh-schedule.ts';
import { Refusals } from './refusals.ts';
import { channelPaths, readTarget } from './request-target.ts';
import { RESERVED_NAMES, type Route, routeOf } from './routes.ts';
import { type ChannelPlan, ServedChannel } from './served-channel.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Names besides `host` by which clients call it. */
  readonly names: readonly string[];
  /** Of its clients; none: it asks for none. */
  readonly tokens: readonly string[];
  /** At least one, each of another name. */
  readonly channels: readonly ChannelPlan[];
  /** ms between looks for a newer publication. */
  readonly refreshMs: number;
  /** ms that requests under way may take once the gateway is asked to stop. */
  readonly graceMs: number;
  /** ms that the port stays closed at most while the channels are read for the first time. */
  readonly firstReadMs: number;
  /** Bytes of the cache. */
  readonly maxCacheBytes: number;
  /** PEM. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

export interface GatewayEnv {
  readonly client: Omit<ClientEnv, 'now'>;
  /** ms since the epoch: the time of each check, which may be a fixed one. Set back, it does not revive what had expired. */
  now(): number;
  /** ms since the epoch, by the machine's clock. */
  clock(): number;
  log(entry: LogEntry): void;
}

/** One request, once it is answered. */
export interface LogEntry {
  /** ms since the epoch. */
  readonly time: number;
  /** Also in the answer's `X-Request-Id`. */
  readonly id: string;
  readonly client: string;
  readonly method: string;
  /** Without query and token. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** Of a refusal or failure. */
  readonly code?: string;
  readonly message?: string;
}

interface Channel {
  readonly served: ServedChannel;
  readonly files: ChannelFiles;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #env: GatewayEnv;
  readonly #cache: ContentCache;
  readonly #sights: FirstSights;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #paths: ReadonlyMap<string, string>;
  readonly #access: Access;
  readonly #metrics: Metrics;
  readonly #refusals = new Refusals();
  readonly #schedule: RefreshSchedule;
  readonly #server: Server;
  /** Answers under way. */
  readonly #running = new Set<Promise<void>>();

  /** Reads the channels, then opens the port. @throws StoreError `io` and what the system says of a port that cannot be had */
  static async start(options: GatewayOptions, env: GatewayEnv): Promise<Gateway> {
    const { home, isRealTime, policy } = env.client;
    const cache = await ContentCache.open(home, options.maxCacheBytes, env.clock);
    const sights = await FirstSights.open(home, !isRealTime || !policy.channels.some(({ cooldown }) => cooldown));
    const gateway = new Gateway(options, { ...env, now: neverBack(env.now) }, cache, sights);
    await gateway.#open();
    return gateway;
  }

  private constructor(options: GatewayOptions, env: GatewayEnv, cache: ContentCache, sights: FirstSights) {
    this.#sights = sights;
    this.#options = options;
    this.#env = env;
    this.#cache = cache;
    this.#metrics = new Metrics();
    this.#schedule = new RefreshSchedule(options.refreshMs, env.now);
    this.#channels = new Map(options.channels.map((plan) => [plan.name, this.#channel(plan)]));
    const addresses = new Map(options.channels.map(({ name, url }) => [name, channelUrlKey(url) ?? '']));
    this.#paths = channelPaths(addresses, RESERVED_NAMES);
    this.#access = new Access({ listen: options.host, names: options.names, tokens: options.tokens });
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#take(request, response);
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
    this.#schedule.stop();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const answered = (async () => {
      while (this.#running.size > 0) await Promise.allSettled(this.#running);
    })();
    await Promise.race([answered, sleep(this.#options.graceMs, undefined, { ref: false })]);
    this.#server.closeAllConnections();
    await closed;
    this.#sights.close();
  }

  #channel(plan: ChannelPlan): Channel {
    const count = (bytes: number) => this.#metrics.upstreamBytes.add({ channel: plan.name }, bytes);
    const client = { ...this.#env.client, fetcher: countedFetcher(this.#env.client.fetcher, count) };
    const served = new ServedChannel(plan, this.#cache, client, this.#env.now, this.#sights);
    const packages = new PackageFiles(this.#cache, client);
    const attestations = new AttestationFiles(this.#cache, client);
    return { served, files: new ChannelFiles(served, this.#cache, packages, attestations) };
  }

  async #open(): Promise<void> {
    const { host, port, firstReadMs } = this.#options;
    const channels = [...this.#channels.values()].map(({ served }) => served);
    const read = Promise.all(channels.map((channel) => channel.refresh()));
    await Promise.race([read, sleep(firstReadMs, undefined, { ref: false })]);
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    for (const channel of channels) this.#schedule.start(channel);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const running = this.#answer(request, response).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = this.#env.clock();
    const id = randomBytes(8).toString('hex');
    const { target, token, shown } = readTarget(request.url ?? '', this.#paths);
    const route = routeOf(target);
    const channel = 'channel' in route && this.#channels.has(route.channel) ? route.channel : '';
    const entry = {
      time: started,
      id,
      client: request.socket.remoteAddress ?? '',
      method: request.method ?? '',
      path: shown,
    };
    response.setHeader('x-request-id', id);
    let problem: Problem | undefined;
    try {
      // Those who look whether it lives know neither its name nor a token.
      if (route.kind !== 'health') this.#access.check(request, token);
      await this.#route(route, request, response);
    } catch (error) {
      problem = error instanceof Problem ? error : faultOf(error, response);
      if (problem !== undefined) this.#tell(problem, channel, entry, request, response);
    }
    const { statusCode: status } = response;
    this.#metrics.requests.add({ channel, status });
    const told = problem === undefined ? {} : { code: problem.code, message: problem.message };
    this.#env.log({ ...entry, status, ms: this.#env.clock() - started, ...told });
  }

  #tell(
    problem: Problem,
    channel: string,
    { time, id, client }: Pick<LogEntry, 'time' | 'id' | 'client'>,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { status, code, message, place } = problem;
    if (status === 403 || status === 451 || status >= 500) {
      this.#metrics.refusals.add({ channel, code });
      const about = { request: id, client, channel, file: place.file ?? '' };
      this.#refusals.add({ time: formatTimestamp(time), ...about, status, code, message });
    }
    if (response.headersSent) response.destroy();
    else sendProblem(request, response, problem);
  }

  async #route(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    allowMethod(route, request);
    switch (route.kind) {
      case 'health':
        return sendText(request, response, 200, 'text/plain', 'ok\n');
      case 'ready':
        return this.#ready(request, response);
      case 'metrics':
        return sendText(request, response, 200, 'text/plain; version=0.0.4', this.#metricsText());
      case 'channels': {
        const channels = [...this.#channels.values()].map(({ served }) => channelDocument(served, this.#env.now()));
        return sendJson(request, response, 200, { channels });
      }
      case 'cache':
        return sendJson(request, response, 200, cacheDocument(this.#cache));
      case 'openapi':
        return sendJson(request, response, 200, OPENAPI);
      case 'nothing':
        throw notListed('nothing has this address', {});
    }
    const channel = this.#channels.get(route.channel);
    if (channel === undefined) throw notListed('no channel has this name', {});
    const { served, files } = channel;
    switch (route.kind) {
      case 'channel':
        return sendJson(request, response, 200, channelDocument(served, this.#env.now()));
      case 'refresh':
        await served.refresh();
        return sendJson(request, response, 200, channelDocument(served, this.#env.now()));
      case 'left-out':
        return sendJson(request, response, 200, leftOutDocument(served));
      case 'refusals':
        return sendJson(request, response, 200, { channel: served.name, refusals: this.#refusals.of(served.name) });
      case 'verdict':
        return sendJson(request, response, 200, await verdictDocument(served, route.subdir, route.file));
      default:
        return files.answer(route, request, response);
    }
  }

  #ready(request: IncomingMessage, response: ServerResponse): void {
    const reasons = [...this.#channels.values()].flatMap(({ served }) => {
      const { name, last, failure } = served;
      if (served.isReady) return [];
      return [{ channel: name, reason: failure?.message ?? (last ? '' : 'it is being read for the first time') }];
    });
    sendJson(request, response, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
  }

  #metricsText(): string {
    const expiries = [...this.#channels.values()].flatMap(({ served: { name, last } }) =>
      (last === undefined ? [] : rolesOf(last.publication.channel, this.#env.now())).map(
        ({ name: role, expires }) => [{ channel: name, role }, parseTimestamp(expires, role) / 1000] as const,
      ),
    );
    return [
      this.#metrics.text,
      gauge('antivenom_cache_bytes', 'Bytes of verified files on the disk.', [[{}, this.#cache.bytes]]),
      gauge('antivenom_role_expiry_timestamp_seconds', 'When a role of a channel expires.', expiries),
    ].join('');
  }
}

function neverBack(now: () => number): () => number {
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    latest = Math.max(latest, now());
    return latest;
  };
}

/** Undefined where the client went away: nobody is left to tell. */
function faultOf(error: unknown, response: ServerResponse): Problem | undefined {
  if (response.destroyed) return undefined;
  const what = error instanceof Error ? error.message : String(error);
  return new Problem(500, 'io', `the gateway could not answer: ${what}`, 'Look into its log.', {});
}
