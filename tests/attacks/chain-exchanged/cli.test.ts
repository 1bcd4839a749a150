/**
 * Two chains of record signatures in one channel, conda's under `cct/` and mamba's at the base: files of the one in the other's
 * place, older ones, and keys of the one in the other's chain.
 */
import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bytesToHex, type JsonObject, readJson, type Signer, signCct } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { ChannelOwner, type EditableIndex, KeyThief, readAsMamba, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make({ init: ['--for', 'conda,mamba'] });
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const condaAlone = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];

/** An attacker's change of the files that are served. */
type Change = (folder: string) => Promise<unknown>;
const copy =
  (from: string, to: string): Change =>
  (folder) =>
    cp(join(folder, from), join(folder, to));

/** Changes what a file of a chain says, and signs it with these keys. */
function forge(path: string, keys: readonly Signer[], change: (signed: EditableIndex) => void): Change {
  return async (folder) => {
    const { signed } = JSON.parse(await readFile(join(folder, path), 'utf8'));
    change(signed);
    const value = readJson(Buffer.from(JSON.stringify(signed)), { maxBytes: 100_000, maxDepth: 16 }) as JsonObject;
    await writeFile(join(folder, path), await signCct(value, keys, 'openpgp', nodeCrypto, Date.now()));
  };
}

const AT_THE_BASE: Readonly<Record<string, Change>> = {
  'conda’s key_mgr': copy('cct/key_mgr.json', 'key_mgr.json'),
  'conda’s root': copy('cct/1.root.json', '1.root.json'),
  'conda’s root as the next one': copy('cct/1.root.json', '2.root.json'),
  'its own root as the next one': copy('1.root.json', '2.root.json'),
  'a root of a later specification': copy('1.root.json', '2.sv1.root.json'),
  'key_mgr in the place of pkg_mgr': copy('key_mgr.json', 'pkg_mgr.json'),
  'a pkg_mgr that conda’s key signed': forge('pkg_mgr.json', thief.keysOf('pkg_mgr'), (signed) => signed.version++),
  'a key_mgr that conda’s offline keys signed': forge(
    'key_mgr.json',
    thief.keysOf('key_mgr'),
    (signed) => signed.version++,
  ),
  'a key_mgr with conda’s key for packages, signed online': forge(
    'key_mgr.json',
    thief.keysOf('mamba_pkg_mgr'),
    (signed) => {
      signed.delegations.pkg_mgr.pubkeys = thief.keysOf('pkg_mgr').map(({ publicKey }) => bytesToHex(publicKey.bytes));
    },
  ),
};
test('refuses a channel with any of these at the base, and so does mamba', async (t) => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const [what, change] of Object.entries(AT_THE_BASE)) {
    await t.test(what, async () => {
      await change(channel.folder);
      await channel.refused({ status: 1, code: ['hash-mismatch', 'not-listed'] }, 'verify', 'channel', channel.url);
      await assert.rejects(readAsMamba(channel.folder, { now: Date.now() }));
    });
    await channel.serve(owner.folder);
  }
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses a chain of mamba’s in the place of conda’s, whatever consumers trust', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await using alone = await StagedChannel.of(owner, { trust: condaAlone, seen: true });
  for (const { folder } of [channel, alone]) {
    await copy('key_mgr.json', 'cct/key_mgr.json')(folder);
    await copy('1.root.json', 'cct/1.root.json')(folder);
  }
  // By hash the listed files are still to be had; what conda reads is not what was signed.
  const { status, document } = await channel.verify();
  assert.equal(status, 1, JSON.stringify(document));
  await alone.refused({ status: 1, code: ['threshold-not-met', 'bad-signature'] }, 'verify', 'channel', alone.url);
});

test('mamba’s root, given for conda’s, makes no record a signed one', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, '1.root.json'), '--metadata', url];
  await using channel = await StagedChannel.of(owner, { trust });
  const { status, document } = await channel.verify();
  assert.equal(status, 1, JSON.stringify(document));
  assert.ok(['threshold-not-met', 'bad-signature'].includes(document.code), document.code);
});

test('a thief of the index key who lists no chain for mamba, or a forged one, makes nobody but mamba refuse', async () => {
  const forged = forge('pkg_mgr.json', thief.keysOf('index'), (signed) => {
    signed.expiration = '2099-01-01T00:00:00Z';
  });
  const gone: Change = (folder) => rm(join(folder, 'pkg_mgr.json'));
  for (const change of [forged, gone]) {
    await using channel = await StagedChannel.of(owner);
    await change(channel.folder);
    await thief.republish(channel.folder, {
      index: (signed) => void (change === gone && delete signed.targets['pkg_mgr.json']),
    });
    const { records, warnings } = await channel.accept('verify', 'channel', channel.url);
    assert.deepEqual(records, { total: 4, signed: 4, refused: 0 });
    assert.match(warnings.join(), /mamba refuses the channel/);
    await assert.rejects(readAsMamba(channel.folder, { now: Date.now() }));
  }
});

test('the two chains have no key in common', async () => {
  const keysIn = async (path: string): Promise<string[]> => {
    const { signed } = JSON.parse(await readFile(join(owner.folder, path), 'utf8'));
    return Object.values<EditableIndex>(signed.delegations).flatMap(({ pubkeys }) => pubkeys);
  };
  const conda = new Set([...(await keysIn('cct/1.root.json')), ...(await keysIn('cct/key_mgr.json'))]);
  const mamba = new Set([...(await keysIn('1.root.json')), ...(await keysIn('key_mgr.json'))]);
  assert.deepEqual([conda.size, mamba.size], [7, 7]);
  assert.deepEqual(
    [...conda].filter((key) => mamba.has(key)),
    [],
  );
});
