/**
 * The channel signs for mamba too, and what mamba signs of a record is a well-formed record: with less in it. Whoever serves it
 * in the record's place must not find it believed, whichever key's name its signature is put under.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bytesToHex, type JsonObject, readJson, type Signer, signRecord } from '@antivenom/core';
import {
  ChannelOwner,
  type EditableIndex,
  editIndex,
  KeyThief,
  readAsMamba,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';

const FILE = 'beta-2.0-h2_0.conda';
const owner = await ChannelOwner.make({
  packages: [
    { name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64', depends: ['alpha ==1', 'Gamma<3'] },
    { name: 'gamma', version: '3.0', build: '0', subdir: 'noarch' },
  ],
  init: ['--for', 'conda,mamba'],
});
const thief = await KeyThief.of(owner);
const CONDA = keyOf('pkg_mgr');
const MAMBA = keyOf('mamba_pkg_mgr');
after(() => owner.remove());

function keyOf(role: string): { readonly id: string; readonly signer: Signer } {
  const [signer = assert.fail()] = thief.keysOf(role);
  return { id: bytesToHex(signer.publicKey.bytes), signer };
}

/** Leaves of a record what mamba signs of it. */
function project(record: EditableIndex): void {
  const signed = ['name', 'version', 'subdir', 'build', 'build_number', 'license', 'md5', 'sha256', 'size', 'depends'];
  for (const member of Object.keys(record)) {
    if (![...signed, 'timestamp', 'constrains'].includes(member)) delete record[member];
  }
  record.depends = ['alpha 1', 'gamma <3'];
  record.license ??= '';
  record.timestamp = record.timestamp > 253_402_300_799 ? Math.floor(record.timestamp / 1000) : (record.timestamp ?? 0);
}

/** What the attacker leaves in `signatures` of the projection, given the signatures of conda's key and of mamba's. */
type Signatures = (conda: EditableIndex, mamba: EditableIndex) => EditableIndex;

const KEPT: Signatures = (conda, mamba) => ({ [CONDA.id]: conda, [MAMBA.id]: mamba });
const MAMBA_ALONE: Signatures = (_, mamba) => ({ [MAMBA.id]: mamba });
const UNDER_CONDA: Signatures = (_, mamba) => ({ [CONDA.id]: mamba });
const IN_RAW_SHAPE: Signatures = (_, { signature }) => ({ [CONDA.id]: { signature }, [MAMBA.id]: { signature } });

async function serveProjection(folder: string, signatures: Signatures): Promise<void> {
  await editIndex(folder, 'linux-64', (index) => {
    const before = JSON.stringify(recordOf(index, FILE));
    project(recordOf(index, FILE));
    assert.notEqual(JSON.stringify(recordOf(index, FILE)), before);
    const of = index.signatures[FILE];
    index.signatures[FILE] = signatures(of[CONDA.id], of[MAMBA.id]);
  });
}

const condaAlone = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];

test('the channel as it was signed is accepted by its index and by its records alone, and mamba’s signatures are no strangers’', async () => {
  await using channel = await StagedChannel.of(owner);
  const { records, ignored } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 2, signed: 2, refused: 0 });
  assert.ok(
    ignored.every((entry: EditableIndex) => entry.for === 'mamba'),
    JSON.stringify(ignored),
  );
  await using alone = await StagedChannel.of(owner, { trust: condaAlone });
  assert.deepEqual((await alone.accept('verify', 'channel', alone.url)).records, { total: 2, signed: 2, refused: 0 });
  assert.equal((await readAsMamba(owner.folder, { now: Date.now() })).signed, 2);
});

test('refuses the projection served in the record’s place: no signed index has it', async () => {
  for (const signatures of [KEPT, MAMBA_ALONE, UNDER_CONDA]) {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await serveProjection(channel.folder, signatures);
    const expected = { status: 1, code: 'hash-mismatch', names: /linux-64/ } as const;
    await channel.refused(expected, 'verify', 'channel', channel.url);
  }
});

test('it is the very projection that mamba’s key signed: mamba accepts it', async () => {
  await using channel = await StagedChannel.of(owner);
  await serveProjection(channel.folder, MAMBA_ALONE);
  assert.equal((await readAsMamba(channel.folder, { now: Date.now() })).signed, 2);
});

const BAD: Readonly<Record<string, Signatures>> = {
  'conda’s signature kept beside mamba’s': KEPT,
  'mamba’s signature under conda’s key': UNDER_CONDA,
  'mamba’s signature in the raw shape': IN_RAW_SHAPE,
};
for (const [what, signatures] of Object.entries(BAD)) {
  test(`refuses it under an index signed with stolen keys, and where records are all there is: ${what}`, async () => {
    await using channel = await StagedChannel.of(owner);
    await serveProjection(channel.folder, signatures);
    await thief.republish(channel.folder);
    const { status, document } = await channel.verify();
    assert.deepEqual([status, document.code], [1, 'bad-signature'], JSON.stringify(document));
    assert.match(JSON.stringify(document.refused), RegExp(`linux-64/${FILE}`));
    const asked = await channel.verifyPackage(`linux-64/${FILE}`);
    assert.deepEqual([asked.status, asked.document.code], [1, 'bad-signature'], JSON.stringify(asked.document));

    await using alone = await StagedChannel.of(owner, { trust: condaAlone, from: channel.folder });
    const { code } = (await alone.verify()).document;
    assert.equal(code, 'bad-signature');
  });
}

test('refuses it with mamba’s signature alone wherever record evidence is asked for, and never counts it', async () => {
  await using channel = await StagedChannel.of(owner);
  await serveProjection(channel.folder, MAMBA_ALONE);
  await thief.republish(channel.folder);
  const policy = await channel.policy(
    `channels:\n  - name: good\n    url: ${channel.url}\n    require: [index, record]\n`,
  );
  for (const told of [await channel.verify(...policy), await channel.verifyPackage(`linux-64/${FILE}`, ...policy)]) {
    assert.equal(told.status, 1, told.stdout);
    assert.ok(['policy-refused', 'threshold-not-met'].includes(told.document.code), told.stdout);
  }
  // The index alone is in the thief's hand: by it the record is one without signature.
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 2, signed: 1, refused: 0 });

  await using alone = await StagedChannel.of(owner, { trust: condaAlone, from: channel.folder });
  const { status, document } = await alone.verify();
  assert.deepEqual([status, document.records.refused], [1, 1], JSON.stringify(document));
});

test('a thief of mamba’s key signs no record for anybody else', async () => {
  await using channel = await StagedChannel.of(owner);
  const evil = new Map<string, string>();
  await editIndex(channel.folder, 'linux-64', (index, name) => {
    recordOf(index, FILE).depends = ['evil'];
    evil.set(name, JSON.stringify(recordOf(index, FILE)));
  });
  for (const [name, record] of evil) {
    const value = readJson(Buffer.from(record), { maxBytes: 100_000, maxDepth: 16 }) as JsonObject;
    evil.set(name, await signRecord(value, MAMBA.signer));
  }
  await editIndex(channel.folder, 'linux-64', (index, name) => {
    index.signatures[FILE] = { [MAMBA.id]: { signature: evil.get(name) } };
  });
  await thief.republish(channel.folder);
  const policy = await channel.policy(
    `channels:\n  - name: good\n    url: ${channel.url}\n    require: [index, record]\n`,
  );
  assert.equal((await channel.verify(...policy)).status, 1);
  await using alone = await StagedChannel.of(owner, { trust: condaAlone, from: channel.folder });
  assert.equal((await alone.verify()).status, 1);
});

test('a thief of conda’s key signs no projection: mamba asks for its own', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    const { [CONDA.id]: conda } = index.signatures[FILE];
    index.signatures[FILE] = { [CONDA.id]: conda, [MAMBA.id]: conda };
  });
  await assert.rejects(readAsMamba(channel.folder, { now: Date.now() }), /bad-signature/);
});
