/**
 * Other people's programs to test against: those in Python are installed once for each list of their versions, into a folder that
 * `npm ci` clears; libsolv is built from its source, since what is to be had built of it lacks conda's dialect; of go-tuf there
 * is a library alone, and the client over it is ours; Prometheus's tool is taken out of Debian's package.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CHECKOUT } from './test-run.ts';

const CACHE = join(CHECKOUT, 'node_modules/.cache/interop');
const PIP = ['-m', 'pip', '--quiet', '--disable-pip-version-check'];

/** The Python that has what `tests/interop/requirements.txt` names. */
export function interopPython(): string {
  const requirements = join(CHECKOUT, 'tests/interop/requirements.txt');
  const folder = cacheOf(requirements);
  const python = join(folder, 'bin/python');
  const finished = join(folder, 'requirements.txt');
  if (!existsSync(finished)) {
    rmSync(folder, { recursive: true, force: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, [...PIP, 'install', '--only-binary', ':all:', '--requirement', requirements], {
      stdio: 'inherit',
    });
    copyFileSync(requirements, finished);
  }
  return python;
}

/** The shared library, with conda's dialect, of the source that `tests/interop/libsolv/source.txt` names. */
export function libsolv(python: string): string {
  const source = join(CHECKOUT, 'tests/interop/libsolv/source.txt');
  const folder = cacheOf(source);
  const library = join(folder, 'libsolv.so');
  if (existsSync(library)) return library;
  if (compilerIsMissing()) throw new Error('libsolv is built from source: install a C compiler as cc (gcc, libc6-dev)');
  rmSync(folder, { recursive: true, force: true });
  // What pip needs to read the source, CMake, it takes built.
  const download = ['download', '--no-deps', '--no-binary', 'solv', '--dest', folder, '--requirement', source];
  execFileSync(python, [...PIP, ...download], { stdio: 'inherit' });
  const [archive = ''] = globSync('*.tar.gz', { cwd: folder });
  execFileSync('tar', ['-xzf', archive, '--strip-components=1'], { cwd: folder });
  // CMake would write these.
  const version = readFileSync(join(folder, 'src/solvversion.h.in'), 'utf8').replace(/^#cmakedefine.*$/gm, '');
  writeFileSync(join(folder, 'src/solvversion.h'), version.replace(/@\w+@/g, '0'));
  const features = ['ENABLE_CONDA', 'LIBSOLV_FEATURE_CONDA', 'MULTI_SEMANTICS', 'HAVE_STRCHRNUL', 'HAVE_QSORT_R'];
  const defines = ['_GNU_SOURCE', 'LIBSOLV_INTERNAL', ...features].map((name) => `-D${name}=1`);
  const files = globSync('src/*.c', { cwd: folder, exclude: ['src/qsort_r.c'] });
  const flags = ['-shared', '-fPIC', '-O1', '-w', '-Isrc', ...defines, '-DVERSION=""'];
  execFileSync('cc', [...flags, '-o', 'unfinished.so', ...files], { cwd: folder, stdio: 'inherit' });
  renameSync(join(folder, 'unfinished.so'), library);
  return library;
}

/** `promtool`, out of Debian's package of Prometheus, of which nothing is installed. */
export function promtool(): string {
  const folder = join(CACHE, 'promtool');
  const program = join(folder, 'usr/bin/promtool');
  if (existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const words of [['update'], ['download', 'prometheus']]) {
    execFileSync('apt-get', ['--quiet=2', '-o', 'APT::Sandbox::User=root', ...words], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
  const [archive = ''] = globSync('*.deb', { cwd: folder });
  execFileSync('dpkg-deb', ['--extract', archive, 'unfinished'], { cwd: folder, stdio: 'inherit' });
  renameSync(join(folder, 'unfinished/usr'), join(folder, 'usr'));
  return program;
}

function compilerIsMissing(): boolean {
  return spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0;
}

const GO_TUF_CLIENT = join(CHECKOUT, 'tests/interop/tuf/go_tuf_client');

/** The program of `tests/interop/tuf/go_tuf_client`. */
export function goTufClient(python: string): string {
  const source = GO_TUF_CLIENT;
  const folder = cacheOf(...['main.go', 'go.mod', 'go.sum'].map((name) => join(source, name)));
  const program = join(folder, 'go-tuf-client');
  if (existsSync(program)) return program;
  const env = goEnvironment();
  const unfinished = join(folder, 'unfinished');
  mkdirSync(folder, { recursive: true });
  const build = ['build', '-trimpath', '-ldflags=-s -w', '-o', unfinished, '.'];
  execFileSync(goCommand(source, env, python), build, { cwd: source, env, stdio: 'inherit' });
  renameSync(unfinished, program);
  return program;
}

/** The fault proxy, of the version that `tests/interop/gateway/toxiproxy.txt` names. */
export function toxiproxy(python: string): string {
  const source = join(CHECKOUT, 'tests/interop/gateway/toxiproxy.txt');
  const folder = cacheOf(source);
  const program = join(folder, 'server');
  if (existsSync(program)) return program;
  // What is not built in a folder of its own may write the sums of its modules down.
  const env = { ...goEnvironment(), GOFLAGS: '-modcacherw', GOBIN: folder };
  const module = readFileSync(source, 'utf8').trim();
  execFileSync(goCommand(GO_TUF_CLIENT, goEnvironment(), python), ['install', '-ldflags=-s -w', module], {
    env,
    stdio: 'inherit',
  });
  return program;
}

function goEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    // By default what Go downloads is read-only, and `npm ci` could not clear it.
    GOFLAGS: '-modcacherw -mod=readonly -buildvcs=false',
    GOMODCACHE: join(CACHE, 'go/modules'),
    GOCACHE: join(CACHE, 'go/build'),
  };
}

/** The machine's Go where it is new enough, else one that is packed for Python. */
function goCommand(source: string, env: NodeJS.ProcessEnv, python: string): string {
  // It refuses a module that asks for a newer Go.
  if (spawnSync('go', ['list', '-m'], { cwd: source, env, stdio: 'ignore' }).status === 0) return 'go';
  const requirements = join(source, 'requirements.txt');
  execFileSync(python, [...PIP, 'install', '--only-binary', ':all:', '--requirement', requirements], {
    stdio: 'inherit',
  });
  return join(dirname(python), 'go');
}

/** A folder of its own for each content of the files. */
function cacheOf(...files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return join(CACHE, hash.digest('hex').slice(0, 16));
}
