/**
 * Every real channel folder of the fixtures, copied, is signed for conda and mamba and then read as a TUF client, conda and mamba do, or is refused
 * in words that name what is wrong. `verdicts.json` holds what is expected of each.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  ContentTrustError,
  type RecordClient,
  SUBDIR_INDEX_FORMS,
  scanRepodata,
  withoutSignatures,
  YANK_LISTS,
} from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { channelStatus, initChannel, type PublisherEnv, type SignOptions, signChannel } from '@antivenom/publisher';
import { checkCctRecords, fixturesFolder, readAsMamba, readChannel } from '@antivenom/testkit';

interface Verdict {
  /** Why it is not signed as it is: how many refusals by code, and the first file. */
  readonly refused?: { readonly codes: Readonly<Record<string, number>>; readonly first: string };
  /** With what it is signed in the end; a channel that is refused and has none stays unsigned. */
  readonly signedWith?: Pick<SignOptions, 'rebuild' | 'allowHosts' | 'subdirs'>;
  readonly records?: {
    readonly total: number;
    readonly signed: number;
    /** Of those, without a signature for mamba, by reason. */
    readonly unforeseeable?: Readonly<Record<string, number>>;
  };
  /** Files of somebody's chain, the first of which is named: the channel is not signed until they were moved away. */
  readonly othersChain?: readonly string[];
}

const FIXTURES = fixturesFolder();
const skip = FIXTURES === undefined && 'the fixtures are not beside the checkout';
const NOW = Date.UTC(2026, 0, 1);
const verdicts: Readonly<Record<string, Verdict>> = JSON.parse(
  await readFile(new URL('./verdicts.json', import.meta.url), 'utf8'),
);

const env: PublisherEnv = { now: NOW, randomBytes, progress: NO_PROGRESS, lockWaitMs: 1000 };

interface Copy {
  readonly channel: string;
  sign(more?: Verdict['signedWith']): ReturnType<typeof signChannel>;
}

async function initialisedCopy(t: TestContext, name: string, othersChain: readonly string[] = []): Promise<Copy> {
  const base = await mkdtemp(join(tmpdir(), 'antivenom-channels-'));
  t.after(() => rm(base, { recursive: true }));
  const channel = join(base, 'channel');
  await cp(join(FIXTURES ?? '', name), channel, { recursive: true });
  const passphrase = async () => 'secret';
  const keys = { keys: join(base, 'keys'), onlinePassphrase: passphrase, offlinePassphrase: passphrase };
  const init = (clients: readonly RecordClient[]) =>
    initChannel(channel, { ...keys, for: clients, scryptCost: { n: 16, r: 1, p: 1 } }, env);
  if (othersChain[0] !== undefined) {
    for (const client of ['conda', 'mamba'] as const) {
      await assert.rejects(init([client]), { details: { folder: channel, file: othersChain[0] } });
    }
  }
  for (const file of othersChain) await rm(join(channel, file));
  await init(['conda', 'mamba']);
  return { channel, sign: (more = {}) => signChannel(channel, { ...keys, zstdLevel: 3, ...more }, env) };
}

for (const [name, verdict] of Object.entries(verdicts)) {
  test(`${verdict.refused === undefined ? 'signs' : 'refuses'} ${name}`, { skip }, async (t) => {
    const copy = await initialisedCopy(t, name, verdict.othersChain);
    if (verdict.refused !== undefined) await requireRefusal(copy, verdict.refused);
    if (verdict.records === undefined) return;
    await requireSigned(copy, verdict.signedWith, verdict.records);
  });
}

async function requireRefusal({ channel, sign }: Copy, expected: NonNullable<Verdict['refused']>): Promise<void> {
  await assert.rejects(sign(), (error) => {
    assert.ok(error instanceof ContentTrustError);
    const refused = error.details['refused'] as { file: string; code: string; message: string }[];
    const codes: Record<string, number> = {};
    for (const { code } of refused) codes[code] = (codes[code] ?? 0) + 1;
    assert.deepEqual({ codes, first: refused[0]?.file }, expected);
    assert.equal(error.code, refused[0]?.code);
    assert.match(error.message, /nothing was published$/);
    return true;
  });
  assert.equal((await readChannel(channel, { now: NOW })).files.has(expected.first), false);
}

async function requireSigned(
  { channel, sign }: Copy,
  options: Verdict['signedWith'],
  expected: NonNullable<Verdict['records']>,
): Promise<void> {
  const sources = new Map<string, Uint8Array>();
  for (const path of await indexesBelow(channel)) sources.set(path, await readFile(join(channel, path)));
  const { records } = await sign(options);
  const { unforeseeable = {}, ...counts } = expected;
  assert.deepEqual({ total: records.total, signed: records.signed }, counts);
  assert.deepEqual(records.unforeseeable, unforeseeable);
  const { files } = await readChannel(channel, { now: NOW });
  assert.equal(checkCctRecords(files, { now: NOW }), expected.signed);
  if (options?.subdirs === undefined) {
    const unsigned = Object.values(unforeseeable).reduce((sum, count) => sum + count, 0);
    assert.equal((await readAsMamba(channel, { now: NOW })).signed, expected.signed - unsigned);
  }
  const plain = (bytes: Uint8Array) =>
    Buffer.from(withoutSignatures(scanRepodata(bytes, { maxBytes: 1e9, maxDepth: 64 })));
  for (const [path, bytes] of files) {
    // These stand under their hashes alone.
    if (YANK_LISTS.includes(path)) continue;
    assert.ok(Buffer.compare(await readFile(join(channel, path)), bytes) === 0, path);
    const source = path.endsWith('/repodata.json') ? sources.get(path) : undefined;
    if (source !== undefined)
      assert.ok(plain(source).equals(plain(bytes)), `${path} is the indexer's own, byte for byte`);
  }
  assert.equal((await sign(options)).published, false);
  const { problems } = await channelStatus(channel, env);
  if (options?.subdirs === undefined && records.withoutSubdir === 0) assert.deepEqual(problems, []);
}

async function indexesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.map((path) => path.split(sep).join('/')).filter((path) => path.endsWith('/repodata.json'));
}

test('refuses by name each derived form that contradicts its source, and signs it rebuilt', { skip }, async (t) => {
  const copy = await initialisedCopy(t, 'packages/conda+conda/tests/data/conda_format_repo');
  const path = join(copy.channel, 'linux-64', 'repodata.json');
  const index = await readFile(path, 'utf8');
  await writeFile(path, index.replaceAll('"libgcc-ng >=7.3.0"', '"libgcc-ng >=99"'));
  await assert.rejects(copy.sign(), (error) => {
    assert.ok(error instanceof ContentTrustError);
    const refused = error.details['refused'] as { file: string; code: string; message: string }[];
    const forms = ['current_repodata.json', 'repodata_shards.msgpack.zst'].map((form) => `linux-64/${form}`);
    assert.deepEqual(
      refused.map(({ file: form, code }) => [form, code]),
      forms.map((form) => [form, 'forms-differ']),
    );
    for (const { message } of refused) assert.match(message, /zlib-1\.2\.11-h7b6447c_3\.\S+ differs/);
    assert.match(error.hint ?? '', /sign --rebuild/);
    return true;
  });
  await requireSigned(copy, { rebuild: true }, { total: 12, signed: 11 });
});

test('every channel folder of the fixtures has its verdict', { skip }, async () => {
  const found = new Set<string>();
  for (const topic of ['mamba', 'packages', 'packages-extra', 'repodata']) {
    for (const entry of await readdir(join(FIXTURES ?? '', topic), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !SUBDIR_INDEX_FORMS.includes(entry.name)) continue;
      found.add(
        relative(FIXTURES ?? '', join(entry.parentPath, '..'))
          .split(sep)
          .join('/'),
      );
    }
  }
  assert.deepEqual([...found].sort(), Object.keys(verdicts).sort());
});
