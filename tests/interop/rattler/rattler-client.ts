/** py-rattler as it solves and installs into a prefix of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const python = process.env['ANTIVENOM_INTEROP_PYTHON'];

export interface Installed {
  readonly ok: boolean;
  /** URLs of the packages. */
  readonly solved?: readonly string[];
  readonly error?: string;
  readonly prefix: string;
  /** Of each package in the prefix: where it says that it came from. */
  readonly urls: readonly string[];
}

export interface InstallPlan {
  readonly channels: readonly string[];
  readonly specs: readonly string[];
  /** Channel → where its files are asked for. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
}

export async function installWithRattler({ channels, specs, mirrors = {} }: InstallPlan): Promise<Installed> {
  assert.ok(python, 'ANTIVENOM_INTEROP_PYTHON names a Python with rattler');
  const place = await mkdtemp(join(tmpdir(), 'antivenom-rattler-'));
  const prefix = join(place, 'prefix');
  const child = spawn(python, [join(import.meta.dirname, 'install.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', HOME: place },
  });
  child.stdin.end(JSON.stringify({ channels, specs, mirrors, prefix, cache: join(place, 'cache') }));
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  const told = Buffer.concat(stdout).toString();
  assert.match(told, /^\{/, Buffer.concat(stderr).toString());
  const metas = await readdir(join(prefix, 'conda-meta')).catch(() => []);
  const urls: string[] = [];
  for (const name of metas.filter((meta) => meta.endsWith('.json'))) {
    urls.push(JSON.parse(await readFile(join(prefix, 'conda-meta', name), 'utf8')).url);
  }
  return { ...JSON.parse(told), prefix, urls };
}
