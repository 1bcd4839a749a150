import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { verifySignature } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { readKeyFiles, retireKeyFile } from './key-files.ts';
import { addKeys, loadKeys, makeKeys } from './key-folder.ts';

const CHEAP = { n: 16, r: 1, p: 1 };
const making = (passphrase = 'correct horse') => ({ passphrase, cost: CHEAP, randomBytes });

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-keys-'));
  folder = join(base, 'offline');
});
afterEach(() => rm(base, { recursive: true, force: true }));

test('keys that were made are the keys that are loaded, and they sign', async () => {
  const made = await makeKeys(
    folder,
    [
      ['root', 3],
      ['targets', 1],
    ],
    making(),
  );
  const loaded = await loadKeys(folder, 'correct horse');
  assert.deepEqual([...loaded.keys()].sort(), ['root', 'targets']);
  const materials = (signers: typeof made) =>
    [...signers].map(([role, keys]) => [role, keys.map(({ publicKey }) => publicKey.material)]).sort();
  assert.deepEqual(materials(loaded), materials(made));
  const [signer] = loaded.get('root')!;
  const message = Buffer.from('message');
  assert.ok(verifySignature(signer!.publicKey, message, await signer!.sign(message), nodeCrypto));
});

test('only their owner can read the files and open the folder', async () => {
  await makeKeys(folder, [['index', 1]], making());
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, 'index-1.json'))).mode & 0o777, 0o600);
});

test('refuses another passphrase', async () => {
  await makeKeys(folder, [['index', 1]], making());
  await assert.rejects(loadKeys(folder, 'wrong horse'), { code: 'wrong-passphrase', exitStatus: 2 });
});

test('one passphrase however its letters are composed', async () => {
  await makeKeys(folder, [['index', 1]], making('caf\u00e9'));
  assert.equal((await loadKeys(folder, 'cafe\u0301')).size, 1);
});

for (const [member, value] of [
  ['role', 'root'],
  ['number', 2],
  ['public', '00'.repeat(32)],
] as const) {
  test(`a file whose \`${member}\` was changed does not open`, async () => {
    await makeKeys(folder, [['index', 1]], making());
    const path = join(folder, 'index-1.json');
    const file = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...file, [member]: value }));
    await assert.rejects(loadKeys(folder, 'correct horse'), { code: 'wrong-passphrase' });
  });
}

test('names a file that is damaged, and one that asks for more memory than any of ours', async () => {
  await makeKeys(folder, [['index', 1]], making());
  const path = join(folder, 'index-1.json');
  const good = await readFile(path, 'utf8');
  for (const bad of [
    good.slice(0, 40),
    good.replace('"n": 16', '"n": 1073741824'),
    good.replace('"salt": "', '"salt": "0000'),
  ]) {
    await writeFile(path, bad);
    await assert.rejects(loadKeys(folder, 'correct horse'), { code: 'store-corrupt', message: new RegExp(path) });
  }
});

test('a folder that was moved away is named', async () => {
  await assert.rejects(loadKeys(folder, 'correct horse'), { code: 'key-missing', message: /offline/ });
});

test('the keys of a folder share a salt and no nonce', async () => {
  await makeKeys(folder, [['root', 3]], making());
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))),
  );
  assert.equal(new Set(files.map(({ kdf }) => kdf.salt)).size, 1);
  assert.equal(new Set(files.map(({ nonce }) => nonce)).size, 3);
});

test('keys that are added open with those that are there, under numbers that none has had', async () => {
  await makeKeys(folder, [['index', 2]], making());
  const [first, second] = await readKeyFiles(folder);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(await retireKeyFile(second), join(folder, 'retired', 'index-2.json'));
  assert.equal((await stat(join(folder, 'retired'))).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, 'retired', 'index-2.json'))).mode & 0o777, 0o600);
  await addKeys(folder, 'index', [randomBytes(32)], making());
  await addKeys(folder, 'snapshot', [randomBytes(32)], making());
  assert.deepEqual((await readdir(folder)).sort(), ['index-1.json', 'index-3.json', 'retired', 'snapshot-1.json']);
  const salts = (await readKeyFiles(folder)).map(({ header }) => Buffer.from(header.scrypt.salt).toString('hex'));
  assert.equal(new Set(salts).size, 1);
  assert.equal((await stat(join(folder, 'index-3.json'))).mode & 0o777, 0o600);
  assert.deepEqual(
    [...(await loadKeys(folder, 'correct horse'))].map(([role, { length }]) => [role, length]),
    [
      ['index', 2],
      ['snapshot', 1],
    ],
  );
});
