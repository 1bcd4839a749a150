/** A validly signed record under another file name or in another subdir. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, type EditableIndex, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const ALPHA = 'alpha-1.0-h1_0.conda';
const BETA = 'beta-2.0-h2_0.conda';

/** Each moves records with their signatures, which still verify. */
const SWAPS: readonly [what: string, swap: (folder: string) => Promise<void>, refused: readonly string[]][] = [
  [
    'under another package’s name',
    (folder) =>
      editIndex(folder, 'linux-64', (index) => {
        exchange(index['packages.conda'], ALPHA, BETA);
        exchange(index.signatures, ALPHA, BETA);
      }),
    [`linux-64/${ALPHA}`, `linux-64/${BETA}`],
  ],
  [
    'under a newer version’s name',
    (folder) => editIndex(folder, 'linux-64', (index) => rename(index, BETA, 'beta-9.9-h2_0.conda')),
    ['linux-64/beta-9.9-h2_0.conda'],
  ],
  [
    'under another build’s name',
    (folder) => editIndex(folder, 'linux-64', (index) => rename(index, BETA, 'beta-2.0-h3_0.conda')),
    ['linux-64/beta-2.0-h3_0.conda'],
  ],
  [
    'in another subdir',
    async (folder) => {
      const taken: EditableIndex = {};
      await editIndex(folder, 'linux-64', (index) => {
        taken.record = index['packages.conda'][BETA];
        taken.signatures = index.signatures[BETA];
      });
      await editIndex(folder, 'noarch', (index) => {
        index['packages.conda'][BETA] = taken.record;
        index.signatures[BETA] = taken.signatures;
      });
    },
    [`noarch/${BETA}`],
  ],
];

function exchange(map: EditableIndex, one: string, other: string): void {
  [map[one], map[other]] = [map[other], map[one]];
}

function rename(index: EditableIndex, from: string, to: string): void {
  for (const map of [index['packages.conda'], index.signatures]) {
    map[to] = map[from];
    delete map[from];
  }
}

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

for (const [what, swap, refused] of SWAPS) {
  test(`refuses a record ${what}, whoever signed the index`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await swap(channel.folder);
    await channel.refused(
      { status: 1, code: ['hash-mismatch', 'length-mismatch'] },
      ...['verify', 'channel', channel.url],
    );
    await thief.republish(channel.folder);
    const told = await channel.verify();
    assert.deepEqual({ status: told.status, code: told.document.code }, { status: 1, code: 'name-mismatch' });
    for (const file of refused) {
      // The bytes that the record speaks of stand where the index says.
      const moved = file === `linux-64/${BETA}` ? ALPHA : BETA;
      await cp(join(owner.folder, 'linux-64', moved), join(channel.folder, file));
      assert.ok(
        told.document.refused.some((one: EditableIndex) => one.file === file && one.code === 'name-mismatch'),
        `${file} in ${told.stdout}`,
      );
      const wanted = await channel.verifyPackage(file);
      assert.deepEqual([wanted.status, wanted.document.code], [1, 'name-mismatch'], wanted.stdout);
    }
  });
}

test('refuses it where record evidence is all there is', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  await channel.accept('verify', 'channel', channel.url);
  for (const [what, swap] of SWAPS) {
    await channel.serve(owner.folder);
    await swap(channel.folder);
    const { status, document } = await channel.verify();
    assert.deepEqual({ status, code: document.code }, { status: 1, code: 'name-mismatch' }, what);
  }
});
