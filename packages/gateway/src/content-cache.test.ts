import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ContentCache } from './content-cache.ts';

const HOUR = 3_600_000;

let home: string;
let now: number;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'antivenom-content-'));
  now = Date.now();
});
afterEach(() => rm(home, { recursive: true }));

const openCache = (maxBytes: number) => ContentCache.open(home, maxBytes, () => now);
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (name: string) => Buffer.alloc(100, name);

async function add(cache: ContentCache, name: string): Promise<string> {
  const bytes = bytesOf(name);
  now += HOUR;
  return (await cache.add(bytes, { where: name, sha256: sha256Of(bytes), size: 100 })).sha256;
}

test('keeps what is verified, and nothing of what is not', async () => {
  const cache = await openCache(1000);
  const sha256 = await add(cache, 'a');
  assert.deepEqual(Buffer.from((await cache.read(sha256))!), bytesOf('a'));
  const wrong = bytesOf('b');
  const expected = { where: 'b', sha256: sha256Of(wrong), size: 100 };
  const rejects = (code: string, work: Promise<unknown>) => assert.rejects(work, { code });
  await rejects('hash-mismatch', cache.add(bytesOf('c'), expected));
  await rejects('length-mismatch', cache.add(wrong.subarray(1), expected));
  const refusal = Object.assign(new Error(), { code: 'refused' });
  await rejects(
    'refused',
    cache.add(wrong, expected, () => Promise.reject(refusal)),
  );
  async function* broken() {
    yield wrong.subarray(0, 50);
    throw refusal;
  }
  await rejects('refused', cache.add(broken(), expected));
  assert.equal(await cache.open(sha256Of(wrong)), undefined);
  assert.deepEqual(await readdir(join(home, 'cache/incoming')), []);
  assert.deepEqual([cache.count, cache.bytes], [1, 100]);
});

test('what was not used for longest goes first, also after a restart', async () => {
  let cache = await openCache(350);
  const [a, b, c] = [await add(cache, 'a'), await add(cache, 'b'), await add(cache, 'c')];
  now += 2 * HOUR;
  await (await cache.open(a))?.handle.close();
  cache = await openCache(350);
  assert.equal(cache.bytes, 300);
  const d = await add(cache, 'd');
  assert.equal(await cache.read(b), undefined);
  for (const kept of [a, c, d]) assert.ok(await cache.read(kept), kept);
  assert.equal(cache.bytes, 300);
});

test('a file larger than the cache is handed over all the same, and goes with the next', async () => {
  const cache = await openCache(50);
  const a = await add(cache, 'a');
  assert.ok(await cache.read(a));
  await add(cache, 'b');
  assert.equal(await cache.read(a), undefined);
});

test('a file that is other than its name, before or while the cache is open, is taken away', async () => {
  let cache = await openCache(1000);
  const sha256 = await add(cache, 'a');
  const place = join(home, 'cache/sha256', sha256.slice(0, 2), sha256);
  await writeFile(place, bytesOf('b'));
  assert.equal(await cache.open(sha256), undefined);
  await assert.rejects(readFile(place), { code: 'ENOENT' });
  await add(cache, 'a');
  await writeFile(place, bytesOf('b'));
  cache = await openCache(1000);
  assert.equal(await cache.open(sha256), undefined);
  assert.equal(cache.bytes, 0);
});

test('takes away what a killed download left, and leaves alone what may be under way', async () => {
  await add(await openCache(1000), 'a');
  const incoming = join(home, 'cache/incoming');
  await writeFile(join(incoming, 'old'), 'x');
  await writeFile(join(incoming, 'new'), 'x');
  await utimes(join(incoming, 'old'), now / 1000, (now - 48 * HOUR) / 1000);
  await utimes(join(incoming, 'new'), now / 1000, (now - HOUR) / 1000);
  await openCache(1000);
  assert.deepEqual(await readdir(incoming), ['new']);
});
