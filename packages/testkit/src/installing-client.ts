/**
 * A conda client of the tests, as a program: it asks for addresses by the proxy variables alone, and keeps records of what it
 * installed as clients do. Its plan is its one argument, and what came of it one JSON document on stdout.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';

export interface ClientPlan {
  /** https through a tunnel, http as whole addresses to the proxy. */
  readonly get?: readonly string[];
  /** http through a tunnel too. */
  readonly tunnel?: boolean;
  readonly install?: readonly Installation[];
  readonly exit?: number;
}

export interface Installation {
  readonly url: string;
  readonly prefix: string;
  /** A folder of a cache: then nothing is asked for. */
  readonly from?: string;
  /** In the record, in place of that of the bytes. */
  readonly sha256?: string;
}

export interface ClientOutcome {
  readonly got: readonly { readonly status: number; readonly type: string | null; readonly body: string }[];
}

if (import.meta.main) {
  const plan: ClientPlan = JSON.parse(process.argv[2] ?? '{}');
  const got: ClientOutcome['got'][number][] = [];
  const ask = async (url: string) => {
    const { status, type, bytes } =
      plan.tunnel || url.startsWith('https:') ? await askThroughTunnel(url) : await askProxy(url);
    got.push({ status, type, body: bytes.toString() });
    return status === 200 ? bytes : undefined;
  };
  for (const url of plan.get ?? []) await ask(url);
  for (const { url, prefix, from, sha256 } of plan.install ?? []) {
    const bytes = from === undefined ? await ask(url) : Buffer.alloc(0);
    if (bytes === undefined) continue;
    const name = url.replace(/.*\//, '').replace(/\.(conda|tar\.bz2)$/, '');
    const hash = sha256 ?? createHash('sha256').update(bytes).digest('hex');
    const source = from ?? join(process.env['CONDA_PKGS_DIRS'] ?? '', name);
    mkdirSync(join(prefix, 'conda-meta'), { recursive: true });
    writeFileSync(
      join(prefix, 'conda-meta', `${name}.json`),
      JSON.stringify({ url, sha256: hash, files: [], link: { source, type: 1 } }),
    );
  }
  process.stdout.write(JSON.stringify({ got }));
  process.exitCode = plan.exit ?? 0;
}

interface Got {
  /** 0 where there is no answer. */
  readonly status: number;
  readonly type: string | null;
  readonly bytes: Buffer;
}

async function askThroughTunnel(url: string): Promise<Got> {
  try {
    const answer = await fetch(url);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, type: answer.headers.get('content-type'), bytes };
  } catch (error) {
    return { status: 0, type: null, bytes: Buffer.from(inspect(error)) };
  }
}

async function askProxy(url: string): Promise<Got> {
  const { hostname, port, username, password } = new URL(process.env['HTTP_PROXY'] ?? '');
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = { 'proxy-authorization': `Basic ${credentials}`, host: new URL(url).host };
  const [answer] = await once(request({ hostname, port, path: url, headers, agent: false }).end(), 'response');
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, type: answer.headers['content-type'], bytes };
}
