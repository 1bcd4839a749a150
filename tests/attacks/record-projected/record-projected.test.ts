/** What is signed for mamba is well formed as a record, and says less than one: served in a record's place, it must not pass. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type JsonObject, projectRecord, readJson } from '@antivenom/core';
import {
  ChannelOwner,
  type EditableIndex,
  editIndex,
  KeyThief,
  readRoles,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';

const FILE = 'gamma-3.0-0.conda';
const owner = await ChannelOwner.make({
  packages: [{ name: 'gamma', version: '3.0', build: '0', subdir: 'noarch', depends: ['alpha ==1', 'Beta<3'] }],
  init: ['--for', 'conda,mamba'],
});
const thief = await KeyThief.of(owner);
after(() => owner.remove());

/** The record as mamba sees it, which is what its signature is over. */
function projectionOf(record: EditableIndex): EditableIndex {
  const bytes = new TextEncoder().encode(JSON.stringify(record));
  const parsed = readJson(bytes, { maxBytes: bytes.length, maxDepth: 9 }) as JsonObject;
  const projection = projectRecord(parsed, { indexHasPip: false });
  assert.ok(projection.status === 'foretold');
  return JSON.parse(new TextDecoder().decode(projection.canonical));
}

type Signatures = Record<string, { signature: string; other_headers?: string }>;

/** What becomes of the file's signatures, of which conda's is raw and mamba's has a trailer. */
const SERVED: readonly [what: string, code: string, serve: (signatures: Signatures) => Signatures][] = [
  ['with both signatures', 'bad-signature', (signatures) => signatures],
  ['with mamba’s alone', 'threshold-not-met', (signatures) => pick(signatures, true)],
  [
    'with mamba’s under the name of conda’s key',
    'bad-signature',
    (signatures) => {
      const [condas = ''] = Object.keys(pick(signatures, false));
      return Object.fromEntries(Object.values(pick(signatures, true)).map((entry) => [condas, entry]));
    },
  ],
  [
    'with mamba’s without its trailer, under the name of conda’s key',
    'bad-signature',
    (signatures) => {
      const [condas = ''] = Object.keys(pick(signatures, false));
      const [{ signature } = { signature: '' }] = Object.values(pick(signatures, true));
      return { [condas]: { signature } };
    },
  ],
];

function pick(signatures: Signatures, mambas: boolean): Signatures {
  return Object.fromEntries(
    Object.entries(signatures).filter(([, entry]) => (entry.other_headers !== undefined) === mambas),
  );
}

async function project(folder: string, serve: (signatures: Signatures) => Signatures): Promise<void> {
  await editIndex(folder, 'noarch', (index) => {
    const record = recordOf(index, FILE);
    const projection = projectionOf(record);
    assert.notDeepEqual(projection, record);
    for (const map of ['packages', 'packages.conda']) if (index[map][FILE]) index[map][FILE] = projection;
    index.signatures[FILE] = serve(index.signatures[FILE]);
  });
}

function recordsAlone(url: string): string[] {
  return ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
}

test('the untouched channel passes, its record signed for both clients', async () => {
  await using channel = await StagedChannel.of(owner);
  const { records } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(records, { total: 1, signed: 1, refused: 0 });
  await using alone = await StagedChannel.of(owner, { trust: recordsAlone });
  assert.deepEqual((await alone.accept('verify', 'channel', alone.url)).records, records);
  assert.ok(Object.keys(readRoles(channel.folder).index.targets).includes('pkg_mgr.json'));
});

test('refuses a projection by the index that the owner signed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const [, , serve] of SERVED.slice(0, 2)) {
    await channel.serve(owner.folder);
    await project(channel.folder, serve);
    const refusal = { status: 1, code: ['hash-mismatch', 'length-mismatch'] } as const;
    await channel.refused(refusal, 'verify', 'channel', channel.url);
  }
});

test('refuses a projection where record evidence is all there is', async () => {
  await using channel = await StagedChannel.of(owner, { trust: recordsAlone });
  for (const [what, code, serve] of SERVED) {
    await channel.serve(owner.folder);
    await project(channel.folder, serve);
    const told = await channel.verify();
    assert.deepEqual({ status: told.status, code: told.document.code }, { status: 1, code }, what);
    assert.match(JSON.stringify(told.document.refused), new RegExp(`noarch/${FILE}`), what);
  }
});

test('refuses a projection where the index keys were stolen, and record evidence is asked for', async () => {
  for (const [what, code, serve] of SERVED.slice(0, 2)) {
    await using channel = await StagedChannel.of(owner);
    await project(channel.folder, serve);
    await thief.republish(channel.folder);
    const policy = await channel.policy(
      `channels:\n  - name: good\n    url: ${channel.url}\n    require: [index, record]\n`,
    );
    const told = await channel.verify(...policy);
    assert.equal(told.status, 1, what);
    assert.equal(told.document.code, code === 'bad-signature' ? code : 'policy-refused', what);
  }
});
