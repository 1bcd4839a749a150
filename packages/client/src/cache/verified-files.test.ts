import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256Hex } from '@antivenom/node';
import { VerifiedFiles } from './verified-files.ts';

const place = await mkdtemp(join(tmpdir(), 'antivenom-cache-'));
after(() => rm(place, { recursive: true }));

let homes = 0;
function newHome(): string {
  return join(place, `home-${++homes}`);
}

function file(path: string, text: string, channel = 'https://c.example/a') {
  const bytes = new TextEncoder().encode(text);
  return { channel, path, sha256: sha256Hex(bytes), bytes };
}

async function hashes(home: string): Promise<string[]> {
  const names = await readdir(join(home, 'cache/sha256'), { recursive: true });
  return names.filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name)).map((name) => name.slice(3));
}

test('keeps files by their hash, from one process to the next', async () => {
  const home = newHome();
  const [index, other] = [file('noarch/repodata.json.zst', 'one'), file('linux-64/repodata.json.zst', 'two')];
  const cache = new VerifiedFiles(home, 1000, false);
  cache.keep(index);
  cache.keep(other);
  assert.equal(await cache.read(index.sha256), undefined, 'nothing is written before it is settled');
  await cache.settle();
  const later = new VerifiedFiles(home, 1000, false);
  assert.deepEqual(Buffer.from((await later.read(index.sha256))!), Buffer.from('one'));
  assert.deepEqual((await hashes(home)).sort(), [index.sha256, other.sha256].sort());
  await assert.rejects(later.read('../../../etc/passwd'), { code: 'malformed' });
});

test('what replaces a file removes it, but not what another path or channel has put there', async () => {
  const home = newHome();
  const cache = new VerifiedFiles(home, 1000, false);
  const settle = (...files: ReturnType<typeof file>[]) => {
    for (const one of files) cache.keep(one);
    return cache.settle();
  };
  await settle(file('a', 'shared'), file('b', 'shared'), file('c', 'old'));
  await settle(file('d', 'elsewhere', 'https://c.example/b'));
  await settle(file('a', 'new'), file('c', 'newer'));
  const left = ['shared', 'new', 'newer', 'elsewhere'].map((text) => file('', text).sha256);
  assert.deepEqual((await hashes(home)).sort(), left.sort());
});

test('hands out nothing that was changed on the disk, and goes on from a damaged list', async () => {
  const home = newHome();
  const index = file('noarch/repodata.json', 'good');
  const cache = new VerifiedFiles(home, 1000, false);
  cache.keep(index);
  await cache.settle();
  await writeFile(join(home, 'cache/sha256', index.sha256.slice(0, 2), index.sha256), 'evil');
  assert.equal(await cache.read(index.sha256), undefined);
  const [list = ''] = await readdir(join(home, 'cache/channels'));
  for (const damage of ['', '{', '[]', '{"format":"antivenom-cache","files":{"x":"../../../secret"}}']) {
    await writeFile(join(home, 'cache/channels', list), damage);
    cache.keep(index);
    await cache.settle();
    assert.deepEqual(Buffer.from((await cache.read(index.sha256))!), Buffer.from('good'));
    const written = JSON.parse(await readFile(join(home, 'cache/channels', list), 'utf8'));
    assert.deepEqual(written.files, { 'noarch/repodata.json': index.sha256 });
  }
});

test('two processes at once lose nothing of each other', async () => {
  const home = newHome();
  const files = Array.from({ length: 8 }, (_, at) => file(`${at}`, `text ${at}`));
  await Promise.all(
    files.map(async (one) => {
      const cache = new VerifiedFiles(home, 10_000, false);
      cache.keep(one);
      await cache.settle();
    }),
  );
  const [list = ''] = await readdir(join(home, 'cache/channels'));
  const written = JSON.parse(await readFile(join(home, 'cache/channels', list), 'utf8'));
  assert.equal(Object.keys(written.files).length, files.length);
});

test('as of another time it keeps nothing', async () => {
  const home = newHome();
  const cache = new VerifiedFiles(home, 1000, true);
  cache.keep(file('a', 'x'));
  await cache.settle();
  await assert.rejects(readdir(home), { code: 'ENOENT' });
});
