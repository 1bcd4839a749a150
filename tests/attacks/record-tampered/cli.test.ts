/** A record changed after it was signed: by the server alone, by a thief of the index keys, and where records are all there is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  coverListedNames,
  type EditableIndex,
  editIndex,
  KeyThief,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';

const FILE = 'beta-2.0-h2_0.conda';
const CHANGES: readonly [what: string, change: (record: EditableIndex) => void][] = [
  ['depends', (record) => record.depends.push('evil')],
  ['constrains', (record) => Object.assign(record, { constrains: ['alpha <1'] })],
  ['sha256', (record) => Object.assign(record, { sha256: 'e'.repeat(64) })],
  ['size', (record) => record.size++],
  ['license', (record) => Object.assign(record, { license: undefined })],
  ['an unknown member', (record) => Object.assign(record, { url: 'https://evil.example/beta-2.0-h2_0.conda' })],
];

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

/** The record of beta, changed in every form. */
async function tamper(folder: string, change: (record: EditableIndex) => void): Promise<void> {
  await editIndex(folder, 'linux-64', (index) => change(recordOf(index, FILE)));
}

function recordsAlone(url: string): string[] {
  return ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
}

test('the untouched channel passes, each of its records signed', async () => {
  await using channel = await StagedChannel.of(owner);
  const { records, subdirs, refused, behind, ignored } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(
    { records, refused, behind, ignored },
    {
      records: { total: 4, signed: 4, refused: 0 },
      refused: [],
      behind: [],
      ignored: [],
    },
  );
  assert.deepEqual([...subdirs].sort(), ['linux-64', 'noarch']);
});

test('refuses a changed record by the index that the owner signed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const refusal = { status: 1, code: ['hash-mismatch', 'length-mismatch'], names: /linux-64\/.*repodata/ } as const;
  for (const [at, [, change]] of CHANGES.entries()) {
    await channel.serve(owner.folder);
    await tamper(channel.folder, change);
    if (at % 2 === 0) await coverListedNames(channel.folder);
    await channel.refused(refusal, 'verify', 'channel', channel.url);
  }
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses a changed record by its signature where the index keys were stolen', async () => {
  for (const [what, change] of CHANGES) {
    await using channel = await StagedChannel.of(owner);
    await tamper(channel.folder, change);
    await thief.republish(channel.folder);
    const told = await channel.verify();
    assert.deepEqual({ status: told.status, code: told.document.code }, { status: 1, code: 'bad-signature' }, what);
    assert.match(JSON.stringify(told.document.refused), new RegExp(`linux-64/${FILE}`));
    const wanted = await channel.verifyPackage(`linux-64/${FILE}`);
    assert.equal(wanted.status, 1, what);
  }
});

test('refuses a changed record where record evidence is all there is', async () => {
  await using channel = await StagedChannel.of(owner, { trust: recordsAlone });
  const { records, warnings } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 4, signed: 4, refused: 0 });
  assert.ok(warnings.length > 0, 'the weaker guarantee is said');
  for (const [what, change] of CHANGES) {
    await channel.serve(owner.folder);
    await tamper(channel.folder, change);
    const told = await channel.verify();
    assert.deepEqual({ status: told.status, code: told.document.code }, { status: 1, code: 'bad-signature' }, what);
    assert.deepEqual(
      new Set(told.document.refused.map(({ file }: { file: string }) => file)),
      new Set([`linux-64/${FILE}`]),
      what,
    );
  }
});

test('goes on after a refused record and lists each one', async () => {
  await using channel = await StagedChannel.of(owner, { trust: recordsAlone });
  await editIndex(channel.folder, 'linux-64', (index) => {
    for (const map of ['packages', 'packages.conda'])
      for (const record of Object.values<EditableIndex>(index[map])) record.depends = ['evil'];
  });
  const told = await channel.verify();
  assert.equal(told.status, 1);
  assert.deepEqual(
    new Set(told.document.refused.map(({ file, code }: EditableIndex) => `${code} ${file}`)),
    new Set(['alpha-1.0-h1_0.conda', 'alpha-1.0-h1_0.tar.bz2', FILE].map((file) => `bad-signature linux-64/${file}`)),
  );
  assert.equal(told.document.records.refused, 3);
});
