/**
 * The gateway beside nginx as a caching reverse proxy, each on one core, before one load tool on another. Needs `wrk`, `nginx` and `taskset`;
 * see README.md.
 *
 *     npm run bench:gateway              # and how a channel of 100,000 signed records is started on
 *     npm run bench:gateway -- 10000     # of so many
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelOwner, ChannelServer, generateRepodata, runAntivenom } from '@antivenom/testkit';

const LAUNCHER = resolve(import.meta.dirname, '../packages/cli/bin/antivenom');
const PACKAGE = 'noarch/big-1.0-0.conda';
const SECONDS = 8;
const CONNECTIONS = 16;
/** Of server and load. */
const CORES = ['0', '1'] as const;

interface Load {
  readonly requestsPerSecond: number;
  /** Of the latency, ms. */
  readonly p99: number;
  /** ms of the server's CPU for one request: tells of a core that is not the server's alone what it would do with all of it. */
  readonly cpuMs: number;
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

const records = Number(process.argv[2] ?? 100_000);
const place = await mkdtemp(join(tmpdir(), 'antivenom-bench-gateway-'));
try {
  await compare();
  await measureStart();
} finally {
  await rm(place, { recursive: true });
}

async function compare(): Promise<void> {
  const files = { 'share/noise': randomBytes(1_000_000) };
  const owner = await ChannelOwner.make({ packages: [{ name: 'big', version: '1.0', build: '0', files }] });
  await using channel = await ChannelServer.start(owner.folder);
  // The validator that nginx keeps and answers 304 by.
  channel.answerAll(() => ({ headers: { etag: '"one"' } }));
  try {
    const size = (await readFile(join(owner.folder, PACKAGE))).length;
    const rows: string[] = [];
    const found = new Map<string, Load>();
    for (const [name, start, path] of [
      ['nginx', () => startNginx(channel.url), PACKAGE],
      ['antivenom', () => startGateway(channel.url, owner.rootFingerprint), `good/${PACKAGE}`],
    ] as const) {
      await using server = await start();
      const url = `${server.url}/${path}`;
      const { headers } = await fetched(url, size);
      for (const [what, asked] of [
        [`package of ${(size / 1e6).toFixed(1)} MB`, []],
        ['304', ['-H', `If-None-Match: ${headers.get('etag')}`]],
      ] as const) {
        const load = await measureLoad(url, asked, server.pid);
        found.set(`${name} ${what}`, load);
        const nginx = found.get(`nginx ${what}`) ?? load;
        const measured = [Math.round(load.requestsPerSecond), load.cpuMs.toFixed(2), load.p99.toFixed(1)];
        const ratios = [
          load.requestsPerSecond / nginx.requestsPerSecond,
          nginx.cpuMs / load.cpuMs,
          load.p99 / nginx.p99,
        ].map((ratio) => ratio.toFixed(2));
        const cells = [what, name, ...measured, ...ratios];
        rows.push(`| ${[...cells, await peakMB(server.pid)].join(' | ')} |`);
      }
    }
    console.log(
      '| answer | server | requests/s | CPU ms a request | p99 ms | × nginx: requests/s | by CPU | p99 | peak MB |',
    );
    console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|');
    for (const row of rows.toSorted()) console.log(row);
  } finally {
    await owner.remove();
  }
}

/** From start to ready on a channel of signed records, first with nothing known, then again. */
async function measureStart(): Promise<void> {
  const setting = { cwd: place, env: { ANTIVENOM_HOME: 'home', ANTIVENOM_PASSPHRASE_FILE: 'passphrase' } };
  const run = async (...argv: string[]) => {
    const told = await runAntivenom([...argv, '--json'], setting);
    if (told.status !== 0) throw new Error(`${argv.join(' ')}: ${told.stdout}${told.stderr}`);
    return JSON.parse(told.stdout);
  };
  await writeFile(join(place, 'passphrase'), 'bench\n');
  await mkdir(join(place, 'channel/linux-64'), { recursive: true });
  await writeFile(
    join(place, 'channel/linux-64/repodata.json'),
    generateRepodata({ seed: 'bench', records, subdir: 'linux-64' }),
  );
  const { rootFingerprint } = await run('init', 'channel');
  await run('sign', 'channel');
  await run('trust', 'add', 'channel', '--fingerprint', rootFingerprint);
  console.log(
    `\n| start on ${records.toLocaleString('en')} signed records | seconds | CPU seconds | peak MB |\n|---|--:|--:|--:|`,
  );
  for (const time of ['first', 'again']) {
    const started = performance.now();
    await using server = await startServing(['--channel', 'good=channel'], setting.env);
    while (!(await fetch(`${server.url}/readyz`)).ok) await sleep(100);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `| ${time} | ${seconds.toFixed(1)} | ${(await cpuSeconds(server.pid)).toFixed(1)} | ${await peakMB(server.pid)} |`,
    );
  }
}

async function startGateway(upstream: string, fingerprint: string): Promise<Server> {
  const home = join(place, 'compared');
  const trust = ['trust', 'add', upstream, '--fingerprint', fingerprint, '--home', home];
  const { status, stderr } = await runAntivenom(trust, { cwd: place });
  if (status !== 0) throw new Error(stderr);
  return startServing(['--channel', `good=${upstream}`, '--home', home], {});
}

async function startServing(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Server> {
  const words = ['-c', CORES[0], LAUNCHER, 'gateway', '--quiet', '--listen', '127.0.0.1:0', ...argv];
  const child = spawn('taskset', words, {
    cwd: place,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return serverOf(child, line.replace('listening on ', ''), child.pid);
  }
  throw new Error('the gateway ended before it listened');
}

async function startNginx(upstream: string): Promise<Server> {
  const folder = join(place, 'nginx');
  await mkdir(folder);
  const port = 18_000 + (process.pid % 10_000);
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/errors;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/temp;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  proxy_cache_path ${folder}/cache keys_zone=all:10m;
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${upstream}; proxy_cache all; proxy_cache_valid 200 1h; } }
}
`,
  );
  const child = spawn('taskset', ['-c', CORES[0], 'nginx', '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error('nginx ended');
    await sleep(50);
  }
  const worker = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
  return serverOf(child, url, Number(worker.split('\n')[0]));
}

function serverOf(child: ChildProcess, url: string, pid: number | undefined): Server {
  if (pid === undefined) throw new Error('a server that was not started');
  return {
    url,
    pid,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** Twice, so that it is in the cache. */
async function fetched(url: string, size: number): Promise<Response> {
  for (const time of [1, 2]) {
    const answer = await fetch(url);
    const { length } = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200 || length !== size) throw new Error(`${url}: ${answer.status}, ${length} bytes`);
    if (time === 2) return answer;
  }
  throw new Error('twice is once too little');
}

/** @throws for an answer that is none of those asked for */
async function measureLoad(url: string, headers: readonly string[], pid: number): Promise<Load> {
  const words = ['-c', CORES[1], 'wrk', '--latency', '-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, ...headers, url];
  const before = await cpuSeconds(pid);
  const { stdout, status } = spawnSync('taskset', words, { encoding: 'utf8' });
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(stdout) ?? [];
  const cpu = (await cpuSeconds(pid)) - before;
  const [, requests] = /(\d+) requests in/.exec(stdout) ?? [];
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  if (status !== 0 || rate === undefined || p99 === undefined || /Non-2xx/.test(stdout)) throw new Error(stdout);
  return {
    requestsPerSecond: Number(rate),
    cpuMs: (cpu * 1000) / Number(requests),
    p99: Number(p99) * ({ us: 0.001, ms: 1 }[unit ?? ''] ?? 1000),
  };
}

async function peakMB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1000);
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  // Of the kernel's clock, which ticks 100 times a second.
  return (Number(user) + Number(system)) / 100;
}
