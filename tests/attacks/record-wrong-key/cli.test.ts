/** Records signed by a key that nobody delegated: the signature counts for nothing. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bytesToHex, type JsonObject, readJson, signRecord } from '@antivenom/core';
import {
  ChannelOwner,
  type EditableIndex,
  editIndex,
  KeyThief,
  recordOf,
  StagedChannel,
  seededSigner,
} from '@antivenom/testkit';

const FILE = 'beta-2.0-h2_0.conda';
const stranger = seededSigner('a stranger to the channel');
const STRANGER = bytesToHex(stranger.publicKey.bytes);

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

/** A record that the stranger changed and signed, in every form. */
async function signAsStranger(folder: string, keep: 'beside the owner’s' | 'in place of the owner’s'): Promise<void> {
  const signatures = new Map<string, string>();
  await editIndex(folder, 'linux-64', (index, name) => void signatures.set(name, JSON.stringify(change(index))));
  for (const [name, record] of signatures) {
    const value = readJson(Buffer.from(record), { maxBytes: 100_000, maxDepth: 16 }) as JsonObject;
    signatures.set(name, await signRecord(value, stranger));
  }
  await editIndex(folder, 'linux-64', (index, name) => {
    const entry = { [STRANGER]: { signature: signatures.get(name) } };
    if (keep === 'beside the owner’s') Object.assign(index.signatures[FILE], entry);
    else index.signatures[FILE] = entry;
  });
  function change(index: EditableIndex): EditableIndex {
    const record = recordOf(index, FILE);
    if (keep === 'in place of the owner’s') record.depends = ['evil'];
    return record;
  }
}

test('refuses a record that only a stranger signed, where policy asks for record evidence', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await channel.policy(
    `channels:\n  - name: good\n    url: ${channel.url}\n    require: [index, record]\n`,
  );
  await channel.accept('verify', 'channel', channel.url, ...policy);
  await signAsStranger(channel.folder, 'in place of the owner’s');
  await thief.republish(channel.folder);
  const { document, status } = await channel.verify(...policy);
  assert.deepEqual({ status, refused: document.records.refused }, { status: 1, refused: 1 });
  assert.ok(['policy-refused', 'threshold-not-met'].includes(document.code), document.code);
  assert.match(JSON.stringify(document.refused), new RegExp(`linux-64/${FILE}`));

  // By the index alone it is an unsigned record, and the stranger's signature is told of.
  const { records, ignored } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 4, signed: 3, refused: 0 });
  assert.match(JSON.stringify(ignored), new RegExp(`linux-64/${FILE}`));
});

test('refuses it where record evidence is all there is', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  await channel.accept('verify', 'channel', channel.url);
  await signAsStranger(channel.folder, 'in place of the owner’s');
  const { document, status } = await channel.verify();
  assert.deepEqual({ status, refused: document.records.refused }, { status: 1, refused: 1 });
  assert.match(JSON.stringify(document.refused), new RegExp(`linux-64/${FILE}`));
});

test('a stranger’s signature beside the owner’s takes nothing away', async () => {
  await using channel = await StagedChannel.of(owner);
  await signAsStranger(channel.folder, 'beside the owner’s');
  await thief.republish(channel.folder);
  const { records, ignored } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 4, signed: 4, refused: 0 });
  assert.match(JSON.stringify(ignored), new RegExp(`linux-64/${FILE}`));
});

test('a stranger’s key_mgr that delegates the stranger’s key is refused', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const online = thief.keysOf('pkg_mgr').map(({ publicKey }) => bytesToHex(publicKey.bytes));
  await channel.edit('cct/key_mgr.json', (bytes) => String(bytes).replace(online[0] ?? assert.fail(), STRANGER));
  const { status } = await channel.verify();
  assert.equal(status, 1);
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using alone = await StagedChannel.of(owner, { trust, from: channel.folder });
  await alone.refused({ status: 1, code: ['threshold-not-met', 'bad-signature'] }, 'verify', 'channel', alone.url);
});
