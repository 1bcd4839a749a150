/** Succinct hash bins (TAP 15) by `antivenom-tuf`. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { keyId } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { StagedRepository, seededSigner, type TufRepository } from '@antivenom/testkit';

/** Makes `targets` delegate to succinct hash bins of which this one alone is there. */
function binned(repository: TufRepository, bitLength: number, bin: string, file: string): void {
  repository.addRole(bin).files.set(file, new TextEncoder().encode(`in ${bin}`));
  const { publicKey } = seededSigner(bin);
  const id = keyId(publicKey, nodeCrypto);
  const key = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(publicKey.bytes).toString('hex') },
  };
  const succinct = { keyids: [id], threshold: 1, bit_length: bitLength, name_prefix: 'bin' };
  const delegations = JSON.stringify({ keys: { [id]: key }, succinct_roles: succinct });
  repository.targetsRole('targets').forgery = (signed) => signed.replace(/}$/, `,"delegations":${delegations}}`);
}

test('hash bins of 1 to 32 bits are found by the hash of the path', async () => {
  const digest = createHash('sha256').update('a/file').digest();
  for (const bits of [1, 2, 8, 9, 14, 31, 32]) {
    const digits = Math.ceil(bits / 4);
    const name = `bin-${Math.floor(digest.readUInt32BE() / 2 ** (32 - bits))
      .toString(16)
      .padStart(digits, '0')}`;
    await using staged = await StagedRepository.start((repository) => binned(repository, bits, name, 'a/file'));
    await staged.accepted('download', 'a/file');
    assert.deepEqual(await staged.downloaded(), { 'a%2Ffile': `in ${name}` });
  }
});

test('hash bins of other widths are none', async () => {
  for (const bits of [0, 33, -1]) {
    await using staged = await StagedRepository.start((repository) => binned(repository, bits, 'bin-0', 'a/file'));
    await staged.refused('malformed', 'download', 'a/file');
  }
});

test('a bin is believed about the paths that fall into it alone', async () => {
  // Of two bins, `a/file` falls into one and the other lists it.
  const [own, other] =
    createHash('sha256').update('a/file').digest()[0]! < 128 ? ['bin-0', 'bin-1'] : ['bin-1', 'bin-0'];
  await using staged = await StagedRepository.start((repository) => binned(repository, 1, other, 'a/file'));
  await staged.refused('missing', 'download', 'a/file');
  assert.equal((await staged.versions())[own], undefined);
});
