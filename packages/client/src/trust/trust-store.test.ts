import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { CredentialsFile } from './credentials.ts';
import { TrustStore } from './trust-store.ts';
import type { Authority } from './trusted-channels.ts';

const URL_A = 'https://channel.example/a';
const ROOT = new TextEncoder().encode('a root');

let home: string;
let store: TrustStore;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'antivenom-trust-'));
  store = new TrustStore(home, 5000);
});
afterEach(() => rm(home, { recursive: true, force: true }));

function authority(digit: string, kind: Authority['kind'] = 'tuf'): Omit<Authority, 'id'> {
  return { kind, metadata: undefined, root: { version: 1, sha256: digit.repeat(64) } };
}

test('keeps channels in the order they were added, and finds one under any spelling of its address', async () => {
  await store.add(URL_A, authority('a'), ROOT, undefined);
  await store.add('https://channel.example/b', authority('b'), ROOT, undefined);
  assert.deepEqual(
    (await store.channels()).map(({ url }) => url),
    [URL_A, 'https://channel.example/b'],
  );
  for (const spelling of [
    `${URL_A}/`,
    'https://user:secret@channel.example:443/a',
    'https://channel.example/t/tok/a',
  ]) {
    assert.equal((await store.channel(spelling)).url, URL_A);
  }
  await assert.rejects(store.channel('https://channel.example/c'), {
    code: 'not-trusted',
    hint: /antivenom trust add https:\/\/channel\.example\/c --fingerprint/,
  });
});

test('adding the same authority twice changes nothing, another one is added beside it', async () => {
  const once = await store.add(URL_A, authority('a'), ROOT, undefined);
  assert.deepEqual(await store.add(URL_A, authority('a'), ROOT, undefined), once);
  const both = await store.add(URL_A, authority('b'), ROOT, 1);
  assert.equal(both.authorities.length, 2);
  assert.equal(both.threshold, 1);
  assert.deepEqual(await store.channel(URL_A), both);
  // Whoever comes later without a word on the threshold is one more who must agree.
  assert.equal((await store.add(URL_A, authority('b'), ROOT, undefined)).threshold, 1);
  assert.equal((await store.add(URL_A, authority('c'), ROOT, undefined)).threshold, undefined);
});

test('the same root at another place is the same authority: it moves, and counts once', async () => {
  const once = await store.add(URL_A, authority('a'), ROOT, undefined);
  const elsewhere = { ...authority('a'), metadata: 'https://trust.example/a' };
  const moved = await store.add(URL_A, elsewhere, ROOT, undefined);
  assert.deepEqual(moved.authorities, [{ ...elsewhere, id: once.authorities[0]!.id }]);
  await assert.rejects(store.add(URL_A, authority('a'), ROOT, 2), { code: 'usage', message: /never agree/ });
});

test('refuses authorities of two kinds, and a threshold that can never be reached', async () => {
  await store.add(URL_A, authority('a'), ROOT, undefined);
  await assert.rejects(store.add(URL_A, authority('b', 'cct'), ROOT, undefined), {
    code: 'usage',
    message: /other kind/,
  });
  await assert.rejects(store.add(URL_A, authority('b'), ROOT, 3), { code: 'usage', message: /never agree/ });
  assert.equal((await store.channel(URL_A)).authorities.length, 1);
});

test('removes a channel with all that was kept of it', async () => {
  await store.add(URL_A, authority('a'), ROOT, undefined);
  await store.remove(`${URL_A}/`);
  assert.deepEqual(await store.channels(), []);
  assert.deepEqual(await readdir(join(store.folder, 'authorities')), []);
  await assert.rejects(store.remove(URL_A), { code: 'not-trusted' });
});

test('names a damaged list, and the way out', async () => {
  await store.add(URL_A, authority('a'), ROOT, undefined);
  const path = join(store.folder, 'channels.json');
  const good = await readFile(path, 'utf8');
  for (const bad of [
    '',
    good.slice(0, 40),
    good.replace('antivenom-trust', 'other'),
    good.replace('"tuf"', '"none"'),
    good.replace(/"[0-9a-f]{32}"/, '"../../x"'),
  ]) {
    await writeFile(path, bad);
    await assert.rejects(store.channels(), {
      code: 'store-corrupt',
      message: /channels\.json/,
      hint: /trust each channel anew/,
    });
  }
});

test('two processes that add at once lose nothing', async () => {
  const names = ['c', 'd', 'e', 'f'].map((name) => `https://channel.example/${name}`);
  await Promise.all(names.map((url) => new TrustStore(home, 5000).add(url, authority('a'), ROOT, undefined)));
  assert.deepEqual((await store.channels()).map(({ url }) => url).sort(), names);
});

test('an authority remembers the latest time of acceptance, and refuses a first root that was exchanged', async () => {
  const { createHash } = await import('node:crypto');
  const sha256 = createHash('sha256').update(ROOT).digest('hex');
  const channel = await store.add(URL_A, { ...authority('a'), root: { version: 1, sha256 } }, ROOT, undefined);
  const memory = store.authorityStore(channel, channel.authorities[0]!, false);
  assert.equal(await memory.acceptedAt(), 0);
  await memory.accept(Date.UTC(2026, 0, 2));
  await memory.accept(Date.UTC(2026, 0, 1));
  assert.equal(await memory.acceptedAt(), Date.UTC(2026, 0, 2));
  assert.deepEqual(Buffer.from(await memory.firstRoot()), Buffer.from(ROOT));
  await writeFile(join(memory.folder, '1.root.json'), 'another root');
  await assert.rejects(memory.firstRoot(), {
    code: 'store-corrupt',
    hint: /trust remove https:\/\/channel\.example\/a/,
  });
  await rm(join(memory.folder, '1.root.json'));
  await assert.rejects(memory.firstRoot(), { code: 'store-corrupt', message: /is not there/ });
  await writeFile(join(memory.folder, 'memory.json'), '{"accepted":"someday"}');
  await assert.rejects(memory.acceptedAt(), { code: 'store-corrupt', message: /memory\.json/ });
});

test('a read-only authority writes nothing', async () => {
  const channel = await store.add(URL_A, authority('a'), ROOT, undefined);
  const memory = store.authorityStore(channel, channel.authorities[0]!, true);
  const before = await readdir(memory.folder);
  await memory.locked(0, async () => {
    await memory.write('timestamp.json', ROOT);
    await memory.remove('1.root.json');
    await memory.accept(1000);
  });
  assert.deepEqual(await readdir(memory.folder), before);
});

test('credentials stand in a file of their own that others cannot read', async () => {
  const credentials = new CredentialsFile(home, 5000);
  const complete = 'https://user:secret@channel.example/t/token/a';
  await credentials.keep(complete);
  await credentials.keep('https://channel.example/b');
  assert.equal(await credentials.complete(`${URL_A}/`), complete);
  assert.equal(
    await credentials.complete('https://other:one@channel.example/a'),
    'https://other:one@channel.example/a',
  );
  assert.equal(await credentials.complete('https://channel.example/b'), 'https://channel.example/b');
  assert.equal((await stat(join(home, 'credentials', 'channels.json'))).mode & 0o777, 0o600);
  await credentials.forget(URL_A);
  assert.equal(await credentials.complete(URL_A), URL_A);
  await writeFile(join(home, 'credentials', 'channels.json'), '{"channels": {"x": "secret"');
  await assert.rejects(credentials.complete(URL_A), (error: Error) => {
    assert.equal((error as Error & { code: string }).code, 'store-corrupt');
    assert.doesNotMatch(`${error.message}${error.stack}${error.cause}`, /secret/);
    return true;
  });
});
