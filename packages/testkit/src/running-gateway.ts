/** The real gateway, started by the command line as a user starts it, and asked over HTTP. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createInterface } from 'node:readline';
import { type CommandSetting, startAntivenom } from './command-line.ts';

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface GatewayRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class RunningGateway implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #told: { stderr: string };

  /** @param argv what follows `antivenom gateway` */
  static async start(argv: readonly string[], setting: CommandSetting): Promise<RunningGateway> {
    const child = startAntivenom(['gateway', '--listen', '127.0.0.1:0', ...argv], setting);
    const told = { stderr: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told.stderr += text;
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^listening on (https?:\/\/\S+)$/.exec(line)?.[1];
      assert.ok(url, line);
      child.stdout.resume();
      return new RunningGateway(url, child, told);
    }
    assert.fail(`the gateway ended before it listened: ${told.stderr}`);
  }

  private constructor(url: string, child: ChildProcess, told: { stderr: string }) {
    this.url = url;
    this.#child = child;
    this.#told = told;
  }

  /** What it wrote to stderr so far: its log. */
  get log(): string {
    return this.#told.stderr;
  }

  /** @param path from the slash on; it is sent as it is */
  ask(path: string, { method = 'GET', headers = {} }: GatewayRequest = {}): Promise<GatewayAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) });
        });
      });
      sent.on('error', reject).end();
    });
  }

  /** The document of an answer of this status. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what the gateway says
  async json(path: string, status = 200, asked: GatewayRequest = {}): Promise<any> {
    const answer = await this.ask(path, asked);
    assert.equal(answer.status, status, `${path}: ${answer.body}`);
    return JSON.parse(answer.body.toString());
  }

  /** Looks for a newer publication now. */
  refresh(channel: string) {
    return this.json(`/api/v1/channels/${channel}/refresh`, 200, { method: 'POST' });
  }

  /** Ends it at once, whatever it does. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Asks it to end, and waits until it has. @returns its exit status */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
