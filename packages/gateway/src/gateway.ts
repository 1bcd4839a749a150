/** The gateway: from a request to verified bytes, or to the problem that stands against them; whoever listens hands requests over. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientEnv } from '@antivenom/client';
import { rolesOf } from '@antivenom/client';
import { formatTimestamp, parseTimestamp } from '@antivenom/core';
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
import { type Route, routeOf } from './routes.ts';
import { type ChannelPlan, ServedChannel } from './served-channel.ts';

export interface GatewayOptions {
  /** At least one, each of another name. */
  readonly channels: readonly ChannelPlan[];
  /** ms between looks for a newer publication. */
  readonly refreshMs: number;
  /** ms that `open` takes at most to read the channels for the first time; undefined: each is read when it is first asked for. */
  readonly firstReadMs?: number;
  /** Bytes of the cache. */
  readonly maxCacheBytes: number;
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

/** What the one who listens knows of a request. */
export interface Asked {
  /** Path and query, escaped, as they would stand in a request for `/NAME/…`. */
  readonly target: string;
  /** For the log: without query and token. */
  readonly shown: string;
  /** @throws Problem for a client that may not ask */
  readonly admit?: () => void;
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
  readonly #metrics: Metrics;
  readonly #refusals = new Refusals();
  readonly #schedule: RefreshSchedule;
  /** Answers under way. */
  readonly #running = new Set<Promise<unknown>>();

  /** @throws StoreError `io` */
  static async open(options: GatewayOptions, env: GatewayEnv): Promise<Gateway> {
    const { home, isRealTime, policy } = env.client;
    const cache = await ContentCache.open(home, options.maxCacheBytes, env.clock);
    const sights = await FirstSights.open(home, !isRealTime || !policy.channels.some(({ cooldown }) => cooldown));
    const gateway = new Gateway(options, { ...env, now: neverBack(env.now) }, cache, sights);
    await gateway.#read();
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
  }

  /** Answers in any case. @returns the problem that it was answered with */
  answer(asked: Asked, request: IncomingMessage, response: ServerResponse): Promise<Problem | undefined> {
    const running = this.#answer(asked, request, response).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** SHA-256 (hex) of a package that would be handed over now. @throws Problem */
  async offered(channel: string, subdir: string, file: string): Promise<string> {
    const files = this.#channels.get(channel)?.files;
    if (files === undefined) throw notListed('no channel has this name', {});
    return files.offered(subdir, file);
  }

  /** Looks for newer publications no more. @returns once what is under way is answered, or after the time of grace (ms) */
  async settle(graceMs: number): Promise<void> {
    this.#schedule.stop();
    const answered = (async () => {
      while (this.#running.size > 0) await Promise.allSettled(this.#running);
    })();
    await Promise.race([answered, sleep(graceMs, undefined, { ref: false })]);
  }

  close(): void {
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

  async #read(): Promise<void> {
    const { firstReadMs } = this.#options;
    if (firstReadMs === undefined) return;
    const channels = [...this.#channels.values()].map(({ served }) => served);
    const read = Promise.all(channels.map((channel) => channel.refresh()));
    await Promise.race([read, sleep(firstReadMs, undefined, { ref: false })]);
    for (const channel of channels) this.#schedule.start(channel);
  }

  async #answer(
    { target, shown, admit }: Asked,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Problem | undefined> {
    const started = this.#env.clock();
    const id = randomBytes(8).toString('hex');
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
      if (route.kind !== 'health') admit?.();
      await this.#route(route, request, response);
    } catch (error) {
      problem = error instanceof Problem ? error : faultOf(error, response);
      if (problem !== undefined) this.#tell(problem, channel, entry, request, response);
    }
    const { statusCode: status } = response;
    this.#metrics.requests.add({ channel, status });
    const told = problem === undefined ? {} : { code: problem.code, message: problem.message };
    this.#env.log({ ...entry, status, ms: this.#env.clock() - started, ...told });
    return problem;
  }

  #tell(
    problem: Problem,
    channel: string,
    { time, id, client }: Pick<LogEntry, 'time' | 'id' | 'client'>,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { status, code, message, place } = problem;
    if (problem.isRefusal) {
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
    this.#schedule.start(served);
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
