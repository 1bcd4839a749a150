/**
 * A web server for the tests that serves a folder, and answers what the test says instead where it says so:
 *
 *     await using server = await ChannelServer.start(folder);
 *     server.answer('/tuf/timestamp.json', { status: 503 }, undefined); // an error once, then the file
 *     server.answer('/noarch/repodata.json', { body: 'not json' });     // from now on
 *     server.answerAll((path) => (path.endsWith('.zst') ? { status: 404 } : undefined));
 *     await client.verify(server.url);
 *     server.requests[0]?.headers.authorization;
 */
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Whatever is left out is as for the file itself. */
export interface CannedAnswer {
  readonly status?: number;
  /** Set over the usual ones; undefined takes one away (`'content-length': undefined` sends chunks). */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array | string;
  /** Status 302, unless `status` says another one, and this `Location`. */
  readonly redirect?: string;
  /** The body comes in pieces of so many bytes, each so many ms after the one before. */
  readonly trickle?: { readonly bytes: number; readonly everyMs: number };
  /** The body goes on for ever, as fast as it is read, in place of any other. */
  readonly endless?: boolean;
  /** After so many bytes of the body the connection is cut. */
  readonly cutAt?: number;
  /** Nothing comes any more, but the connection stays: in place of the answer, of the body, or of the body's end. */
  readonly hang?: 'answer' | 'body' | 'end';
  /** The connection is cut in place of an answer. */
  readonly reset?: boolean;
}

/** One request as it arrived. */
export interface ServedRequest {
  readonly method: string;
  /** With its query, escaped as it came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ChannelServerOptions {
  /** `https` with this key and certificate, both PEM. */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** `127.0.0.1` by default. */
  readonly address?: string;
}

export class ChannelServer implements AsyncDisposable {
  /** Every request so far, in order. */
  readonly requests: ServedRequest[] = [];
  /** How many connections clients have opened. */
  connections = 0;
  readonly #folder: string | undefined;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #answers = new Map<string, (CannedAnswer | undefined)[]>();
  #answerAll: (path: string) => CannedAnswer | undefined = () => undefined;

  private constructor(folder: string | undefined, options: ChannelServerOptions) {
    this.#folder = folder;
    const { tls } = options;
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = tls ? createTlsServer({ key: tls.key, cert: tls.certificate }, serve) : createServer(serve);
    this.#scheme = tls ? 'https' : 'http';
    this.#server.on('connection', () => {
      this.connections++;
    });
  }

  /** @param folder without one, every path is 404 that no answer was given for */
  static async start(folder?: string, options: ChannelServerOptions = {}): Promise<ChannelServer> {
    const server = new ChannelServer(folder, options);
    await new Promise<void>((resolve) => server.#server.listen(0, options.address ?? '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Without a slash at its end. */
  get url(): string {
    const { address } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://${address.includes(':') ? `[${address}]` : address}:${this.port}`;
  }

  /** How a path is answered from now on: with each in turn, the last for ever; undefined stands for the file itself. */
  answer(path: string, ...answers: readonly (CannedAnswer | undefined)[]): void {
    this.#answers.set(path, [...answers]);
  }

  /** How paths are answered that {@link answer} does not name. */
  answerAll(answer: (path: string) => CannedAnswer | undefined): void {
    this.#answerAll = answer;
  }

  /** Resolves once no client is connected any more. */
  async disconnected(): Promise<void> {
    while ((await promisify(this.#server.getConnections.bind(this.#server))()) > 0) await sleep(5);
  }

  /** Ends all connections, also those that hang. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    this.requests.push({ method: request.method ?? '', path, headers: request.headers });
    const canned = this.#next(path);
    if (canned.reset) return void request.socket.resetAndDestroy();
    if (canned.hang === 'answer') return;
    const file = canned.body === undefined ? await this.#file(path) : Buffer.from(canned.body);
    const status = canned.status ?? (canned.redirect ? 302 : file || canned.endless ? 200 : 404);
    const body = file ?? Buffer.from(`${status}\n`);
    response.statusCode = status;
    if (canned.redirect !== undefined) response.setHeader('location', canned.redirect);
    if (!canned.endless) response.setHeader('content-length', body.length);
    for (const [name, value] of Object.entries(canned.headers ?? {})) {
      if (value === undefined) response.removeHeader(name);
      else response.setHeader(name, value);
    }
    response.flushHeaders();
    if (request.method === 'HEAD') return void response.end();
    if (canned.hang === 'body') return;
    await sendBody(response, body, canned);
  }

  #next(path: string): CannedAnswer {
    const answers = this.#answers.get(path);
    if (answers === undefined) return this.#answerAll(path) ?? {};
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
  }

  async #file(path: string): Promise<Buffer | undefined> {
    const parts = decodeURIComponent(path.replace(/\?.*$/, '')).split('/');
    if (this.#folder === undefined || parts.includes('..')) return undefined;
    const place = join(this.#folder, ...parts);
    const found = await stat(place).catch(() => undefined);
    return found?.isFile() ? readFile(place) : undefined;
  }
}

async function sendBody(response: ServerResponse, body: Uint8Array, canned: CannedAnswer): Promise<void> {
  if (canned.endless) return endless(response, canned.trickle);
  const sent = canned.cutAt === undefined ? body : body.subarray(0, canned.cutAt);
  const { bytes, everyMs } = canned.trickle ?? { bytes: sent.length, everyMs: 0 };
  for (let at = 0; at < sent.length && !response.destroyed; at += bytes) {
    if (canned.trickle) await sleep(everyMs);
    response.write(sent.subarray(at, at + bytes));
  }
  if (canned.hang === 'end') return;
  if (canned.cutAt === undefined) response.end();
  // The bytes before the cut shall arrive.
  else response.write('', () => response.destroy());
}

async function endless(response: ServerResponse, trickle: CannedAnswer['trickle']): Promise<void> {
  const piece = Buffer.alloc(trickle?.bytes ?? 1 << 16, 'endless ');
  const closed = once(response, 'close');
  while (!response.destroyed) {
    const room = response.write(piece);
    if (trickle) await sleep(trickle.everyMs);
    else if (!room) await Promise.race([once(response, 'drain'), closed]);
  }
}
