/** Signatures of every wrong form, put into a channel and into role metadata: none counts, and none stops the command line. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bytesToHex } from '@antivenom/core';
import {
  assertRefused,
  ChannelOwner,
  type EditableIndex,
  editIndex,
  KeyThief,
  SeededRandom,
  StagedChannel,
} from '@antivenom/testkit';

/** What becomes of a good entry, of conda's shape on records and of OpenPGP's on roots. */
const MALFORMED: Readonly<Record<string, (entry: EditableIndex) => unknown>> = {
  'hex of odd length': (entry) => ({ ...entry, signature: entry.signature.slice(1) }),
  'a byte too little': (entry) => ({ ...entry, signature: entry.signature.slice(2) }),
  'a byte too much': (entry) => ({ ...entry, signature: `${entry.signature}00` }),
  'a million digits': (entry) => ({ ...entry, signature: entry.signature + '0'.repeat(1_000_000) }),
  'another alphabet': (entry) => ({ ...entry, signature: Buffer.from(entry.signature, 'hex').toString('base64') }),
  'letters that are no hex': (entry) => ({ ...entry, signature: entry.signature.replace(/^../, 'zz') }),
  'a space in it': (entry) => ({ ...entry, signature: ` ${entry.signature.slice(1)}` }),
  'no digit': (entry) => ({ ...entry, signature: '' }),
  'a trailer without signature': () => ({ other_headers: '04001608000605025f000000' }),
  'a trailer of odd length': (entry) => ({ ...entry, other_headers: '04001' }),
  'a trailer that is a number': (entry) => ({ ...entry, other_headers: 4 }),
  'a member that is a number': (entry) => ({ ...entry, see_also: 4 }),
  'a signature that is a number': () => ({ signature: 5 }),
  'a signature that is a map': (entry) => ({ signature: { signature: entry.signature } }),
  'maps within maps': () => nested(10),
  'a text for a map': (entry) => entry.signature,
  'a list for a map': (entry) => [entry],
  nothing: () => null,
};
const NAMES = Object.keys(MALFORMED);

function nested(depth: number): unknown {
  return depth === 0 ? 'deep' : { signature: nested(depth - 1) };
}

const owner = await ChannelOwner.make({
  packages: NAMES.map((_, at) => ({ name: `p${at}`, version: '1.0', build: '0', subdir: 'linux-64' })),
});
const thief = await KeyThief.of(owner);
after(() => owner.remove());
const [pkgMgr = assert.fail()] = thief.keysOf('pkg_mgr').map(({ publicKey }) => bytesToHex(publicKey.bytes));
const condaAlone = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
const fileOf = (name: string) => `p${NAMES.indexOf(name)}-1.0-0`;

/** A map of signatures in which the key's entry is changed. */
function broken(signatures: EditableIndex, key: string, change: (entry: EditableIndex) => unknown): EditableIndex {
  return { ...signatures, [key]: change(signatures[key]) };
}

async function breakRecords(folder: string): Promise<void> {
  await editIndex(folder, 'linux-64', (index) => {
    for (const [file, signatures] of Object.entries<EditableIndex>(index.signatures)) {
      const name = NAMES.find((name) => file.startsWith(`${fileOf(name)}.`)) ?? assert.fail(file);
      index.signatures[file] = broken(signatures, pkgMgr, MALFORMED[name] ?? assert.fail());
    }
  });
}

test('verify channel refuses each record whose signature is malformed, by its index and by records alone', async () => {
  await using channel = await StagedChannel.of(owner);
  await breakRecords(channel.folder);
  await thief.republish(channel.folder);
  await using alone = await StagedChannel.of(owner, { trust: condaAlone, from: channel.folder });
  for (const told of [await channel.verify(), await alone.verify()]) {
    assertRefused(told, { status: 1, code: 'bad-signature' });
    assert.equal(told.document.records.signed, 0);
    const refused = JSON.stringify(told.document.refused);
    for (const name of NAMES) assert.match(refused, RegExp(`linux-64/${fileOf(name)}\\.`), name);
  }
});

test('verify metadata counts none of them at the end of a chain', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  await breakRecords(channel.folder);
  const told = await channel.run(
    ...['verify', 'metadata', join(channel.folder, 'cct/key_mgr.json'), join(channel.folder, 'linux-64/repodata.json')],
    ...['--root', join(channel.folder, 'cct/1.root.json')],
  );
  assertRefused(told, { status: 1, code: 'bad-signature' });
});

test('verify metadata refuses a key_mgr of whose two signatures one is malformed', async (t) => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const file = join(channel.folder, 'cct/key_mgr.json');
  const { signed, signatures } = JSON.parse(await readFile(file, 'utf8'));
  const [first = '', second = ''] = Object.keys(signatures);
  const verify = async (changed: EditableIndex) => {
    await writeFile(file, JSON.stringify({ signed, signatures: changed }));
    return channel.run('verify', 'metadata', file, '--root', join(channel.folder, 'cct/1.root.json'));
  };
  const two = { [first]: signatures[first], [second]: signatures[second] };
  assert.equal((await verify(two)).status, 0);
  for (const [name, change] of Object.entries(MALFORMED)) {
    await t.test(name, async () => {
      const code = ['threshold-not-met', 'bad-signature', 'malformed'];
      assertRefused(await verify(broken(two, second, change)), { status: 1, code });
    });
  }
  await t.test('one key in both spellings', async () => {
    const twice = { [first]: signatures[first], [first.toUpperCase()]: signatures[first] };
    assert.notEqual(first.toUpperCase(), first);
    assertRefused(await verify(twice), { status: 1, code: 'threshold-not-met' });
  });
  await t.test('upper case alone is the same key', async () => {
    const upper = { [first.toUpperCase()]: signatures[first], [second]: signatures[second] };
    assert.equal((await verify(upper)).status, 0);
  });
  for (const value of [null, 'text', 5, true, {}]) {
    await t.test(`${JSON.stringify(value)} for the map of signatures`, async () => {
      const code = ['threshold-not-met', 'malformed'];
      assertRefused(await verify(value), { status: 1, code });
    });
  }
});

test('a hundred thousand entries beside one record change nothing for it, or refuse it alone where they are too long', async () => {
  await using channel = await StagedChannel.of(owner, { trust: condaAlone });
  const file = `${fileOf(NAMES[0] ?? '')}.conda`;
  const total = NAMES.length;
  const pad = async (entry: EditableIndex) => {
    const random = new SeededRandom('strangers');
    await channel.serve(owner.folder);
    await channel.edit('linux-64/repodata.json', (bytes) => {
      const index = JSON.parse(String(bytes));
      const strangers = Array.from({ length: 100_000 }, () => [random.hex(16), entry]);
      index.signatures[file] = { ...Object.fromEntries(strangers), ...index.signatures[file] };
      return JSON.stringify(index);
    });
  };
  await pad({});
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total, signed: total, refused: 0 });

  await pad({ signature: '0'.repeat(128) });
  const told = await channel.verify();
  assertRefused(told, { status: 1, code: 'malformed' });
  assert.deepEqual(told.document.records, { total, signed: total - 1, refused: 1 });
  assert.equal(told.document.refused[0].file, `linux-64/${file}`);
});

test('a record is signed by a key in either spelling, once', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    for (const [file, signatures] of Object.entries<EditableIndex>(index.signatures)) {
      index.signatures[file] = { [pkgMgr]: signatures[pkgMgr], [pkgMgr.toUpperCase()]: signatures[pkgMgr] };
    }
  });
  await thief.republish(channel.folder);
  const { records, ignored } = await channel.accept('verify', 'channel', channel.url);
  assert.equal(records.signed, records.total);
  assert.deepEqual(ignored, []);
});
