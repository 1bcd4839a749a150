/** Toxiproxy between the gateway and a channel: what crosses it is delayed, cut off or held up. @see https://github.com/Shopify/toxiproxy */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const toxiproxy = process.env['ANTIVENOM_INTEROP_TOXIPROXY'];

/** As Toxiproxy names them: `latency`, `reset_peer`, `bandwidth`, `timeout`, `limit_data`. */
export interface Fault {
  readonly type: string;
  readonly attributes: Readonly<Record<string, number>>;
  /** Of connections, from 0 to 1; all by default. */
  readonly toxicity?: number;
}

export class FaultProxy implements AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly #api: string;
  readonly #child: ChildProcess;

  /** @param upstream `http://127.0.0.1:PORT` */
  static async before(upstream: string): Promise<FaultProxy> {
    assert.ok(toxiproxy, 'ANTIVENOM_INTEROP_TOXIPROXY names the program');
    const port = await freePort();
    const child = spawn(toxiproxy, ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' });
    const api = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${api}/version`).catch(() => undefined))) {
      assert.equal(child.exitCode, null, 'toxiproxy ended');
      await sleep(20);
    }
    const { host } = new URL(upstream);
    const { listen } = await post(`${api}/proxies`, { name: 'channel', listen: '127.0.0.1:0', upstream: host });
    return new FaultProxy(`http://${listen}`, api, child);
  }

  private constructor(url: string, api: string, child: ChildProcess) {
    this.url = url;
    this.#api = api;
    this.#child = child;
  }

  /** From now on, on connections that stand already too. */
  async cause({ type, attributes, toxicity = 1 }: Fault): Promise<void> {
    await post(`${this.#api}/proxies/channel/toxics`, { name: type, type, attributes, toxicity });
  }

  /** No fault is left. */
  async mend(): Promise<void> {
    await post(`${this.#api}/reset`, {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what another program answers
async function post(url: string, body: unknown): Promise<any> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return text === '' ? undefined : JSON.parse(text);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  return address.port;
}
