/** A record moved between the maps of repodata, or standing in two with different content. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, type EditableIndex, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const CONDA = 'alpha-1.0-h1_0.conda';
const BZ2 = 'alpha-1.0-h1_0.tar.bz2';
const MOVES: readonly [what: string, move: (index: EditableIndex) => void, file?: string][] = [
  ['a .conda in packages', (index) => move(index['packages.conda'], index.packages, CONDA)],
  ['a .tar.bz2 in packages.conda', (index) => move(index.packages, index['packages.conda'], BZ2), BZ2],
  [
    'a file in two maps with different content',
    (index) => {
      index.packages[CONDA] = { ...index['packages.conda'][CONDA], depends: ['evil'] };
    },
  ],
  [
    'a file in packages.conda and in v3 with different content',
    (index) => {
      index.v3 = { conda: { 'alpha-1.0-h1_0': { ...index['packages.conda'][CONDA], depends: ['evil'] } } };
    },
  ],
];

function move(from: EditableIndex, to: EditableIndex, file: string): void {
  to[file] = from[file];
  delete from[file];
}

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

for (const [what, change, file = CONDA] of MOVES) {
  // Shards cannot be built of an index that nobody may build: the attacker leaves them as they are.
  const attack = (folder: string) => editIndex(folder, 'linux-64', change, { shards: 'as they were' });

  test(`refuses ${what}, whoever signed the index`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await attack(channel.folder);
    const code = ['hash-mismatch', 'length-mismatch'];
    await channel.refused({ status: 1, code }, 'verify', 'channel', channel.url);
    await thief.republish(channel.folder);
    const told = await channel.verify();
    assert.equal(told.status, 1, told.stdout);
    assert.match(JSON.stringify(told.document.refused), /"code":"name-mismatch"/, told.stdout);
    assert.match(JSON.stringify(told.document.refused), /alpha-1\.0-h1_0/);
    const wanted = await channel.verifyPackage(`linux-64/${file}`);
    assert.equal(wanted.status, 1, wanted.stdout);
  });

  test(`refuses ${what} where record evidence is all there is`, async () => {
    const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
    await using channel = await StagedChannel.of(owner, { trust });
    await channel.accept('verify', 'channel', channel.url);
    await attack(channel.folder);
    const told = await channel.verify();
    assert.equal(told.status, 1, told.stdout);
    assert.match(JSON.stringify(told.document.refused), /"code":"name-mismatch"/, told.stdout);
  });
}
