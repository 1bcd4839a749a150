import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { writeChannel } from '@antivenom/testkit';
import { initChannel } from '../init.ts';
import type { PublisherEnv, SignOptions } from '../operations.ts';
import { signChannel } from '../sign.ts';
import { readOwnMetadata } from './own-metadata.ts';
import { factsOfTarget, readTarget } from './published-targets.ts';

const NOW = Date.UTC(2026, 0, 1);
const env: PublisherEnv = { now: NOW, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };

const CEREMONY = {
  offlinePassphrase: async () => 'offline',
  scryptCost: { n: 16, r: 1, p: 1 },
  for: ['conda'],
} as const;

let base: string;
let channel: string;
let options: SignOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-inside-'));
  channel = join(base, 'channel');
  options = { keys: join(base, 'keys'), onlinePassphrase: async () => 'online', zstdLevel: 3 };
  await writeChannel(channel, { seed: 1, subdirs: ['noarch'], packages: 2, forms: { runExports: true } });
  await initChannel(channel, { ...options, ...CEREMONY }, env);
});
afterEach(() => rm(base, { recursive: true, force: true }));

test('refuses indexes, subdirs and packages that are links out of the channel, and publishes nothing of them', async () => {
  const secret = join(base, 'secret');
  await writeFile(secret, 'PRIVATE KEY');
  const published = join(base, 'published');
  const refusals = async (out: SignOptions = { ...options, out: published }) => {
    const error = await signChannel(channel, out, env).then(
      () => assert.fail('signed'),
      (refused: { details: { refused: { file: string; code: string }[] } }) => refused,
    );
    return error.details.refused.map(({ file, code }) => `${code} ${file}`);
  };
  await symlink(secret, join(channel, 'noarch', 'x-1-0.conda'));
  await symlink(secret, join(channel, 'rss.xml'));
  assert.deepEqual(await refusals(), ['unsafe-name rss.xml', 'unsafe-name noarch/x-1-0.conda']);
  await rm(join(channel, 'noarch', 'x-1-0.conda'));
  await rm(join(channel, 'rss.xml'));

  const outside = join(base, 'outside');
  await rename(join(channel, 'noarch'), outside);
  await symlink(outside, join(channel, 'noarch'));
  await assert.rejects(signChannel(channel, options, env), { code: 'unsafe-name', message: /^noarch is a link/ });
  for (const refused of await refusals()) assert.match(refused, /^unsafe-name noarch\//);
  await rm(join(channel, 'noarch'));
  await rename(outside, join(channel, 'noarch'));

  const index = join(channel, 'noarch', 'repodata.json');
  await rename(index, secret);
  await symlink(secret, index);
  assert.deepEqual(await refusals(options), ['unsafe-name noarch/repodata.json']);
  assert.deepEqual(await readdir(join(published)).then((names) => names.filter((name) => !name.startsWith('.'))), []);
});

test('never waits for a pipe', { skip: process.platform === 'win32' && 'no pipes among files' }, async () => {
  const published = join(base, 'published');
  execFileSync('mkfifo', [join(channel, 'noarch', 'pipe-1-0.conda')]);
  await signChannel(channel, { ...options, out: published }, env);
  assert.ok(!(await readdir(join(published, 'noarch'))).includes('pipe-1-0.conda'));
  await rm(join(channel, 'noarch', 'run_exports.json'));
  execFileSync('mkfifo', [join(channel, 'noarch', 'run_exports.json')]);
  await assert.rejects(signChannel(channel, options, env), { code: 'unsafe-name', message: /run_exports\.json/ });
});

test('carries packages that are links within the channel as what they lead to, and those that were replaced anew', async () => {
  const published = join(base, 'published');
  const [name = ''] = (await readdir(join(channel, 'noarch'))).filter((file) => file.endsWith('.conda'));
  const pool = join(channel, '.pool');
  const path = join(channel, 'noarch', name);
  await rename(path, pool);
  await symlink('../.pool', path);
  await writeFile(join(channel, 'rss.xml'), 'one');
  await signChannel(channel, { ...options, out: published }, env);
  const carried = join(published, 'noarch', name);
  assert.ok((await lstat(carried)).isFile());
  assert.deepEqual(await readFile(carried), await readFile(pool));

  const older = new Date(NOW);
  await writeFile(join(channel, 'rss.xml'), 'two');
  await utimes(join(channel, 'rss.xml'), older, older);
  await rm(path);
  const bytes = await readFile(pool);
  bytes.writeUInt8(bytes[40]! ^ 1, 40);
  await writeFile(path, bytes);
  await utimes(path, older, older);
  await signChannel(channel, options, env);
  assert.equal(await readFile(join(published, 'rss.xml'), 'utf8'), 'two');
  assert.deepEqual(await readFile(carried), bytes);
});

test('what an indexer rewrites in place reaches nothing that is named by its hash', async () => {
  await signChannel(channel, options, env);
  const own = await readOwnMetadata(channel);
  const facts = factsOfTarget(own.index.targets.get('noarch/repodata.json')!);
  const file = await open(join(channel, 'noarch', 'repodata.json'), 'r+');
  await file.write('xxxx', 0);
  await file.close();
  await readTarget(channel, facts);
});

test('writes nothing through a link that leads out of the published folder', async () => {
  const published = join(base, 'published');
  await signChannel(channel, { ...options, out: published }, env);
  const elsewhere = join(base, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(channel, 'noarch', 'authorized_keys'), 'evil');
  for (const folder of ['noarch', 'cct', '.antivenom', 'tuf/targets/noarch']) {
    await rename(join(published, folder), join(base, 'aside'));
    await symlink(elsewhere, join(published, folder));
    await writeFile(join(channel, 'noarch', 'run_exports.json'), `{"info": {"for": "${folder}"}}`);
    await assert.rejects(signChannel(channel, { ...options, rebuild: true }, env), {
      code: 'unsafe-name',
    });
    const written = (await readdir(elsewhere)).filter((name) => name !== 'lock');
    assert.deepEqual(written, []);
    await rm(join(published, folder));
    await rename(join(base, 'aside'), join(published, folder));
  }
  assert.equal((await signChannel(channel, { ...options, rebuild: true }, env)).published, true);
});

test('makes no channel through a link that leads out of its folder', async () => {
  const elsewhere = join(base, 'elsewhere');
  await mkdir(elsewhere);
  const other = { ...options, ...CEREMONY, keys: join(base, 'other-keys') };
  for (const folder of ['cct', 'tuf']) {
    const fresh = join(base, `fresh-${folder}`);
    await mkdir(fresh);
    await symlink(elsewhere, join(fresh, folder));
    await assert.rejects(initChannel(fresh, other, env), { code: 'unsafe-name' });
    assert.deepEqual(await readdir(elsewhere), []);
    await assert.rejects(readdir(other.keys), { code: 'ENOENT' });
  }
});
