import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);
const thief = seededSigner('thief');

/** A channel with three root keys of which two must sign, and a client that trusts its first root. */
async function channel() {
  const repository = new TufRepository(NOW);
  const owners = ['a', 'b', 'c'].map(seededSigner);
  repository.root.signers = owners;
  repository.root.threshold = 2;
  const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
  repository.root.version = 2;
  return { repository, owners, trusted };
}

describe('TUF root-takeover', () => {
  test('refuses a next root that only its own new keys signed', async () => {
    const { repository, trusted } = await channel();
    repository.root.signers = [thief];
    repository.root.threshold = 1;
    const file = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(file), { code: 'threshold-not-met' });
    assert.equal(trusted.root.version, 1);
  });

  test('refuses a next root that too few of the old keys signed', async () => {
    const { repository, owners, trusted } = await channel();
    repository.root.signers = [thief];
    repository.root.threshold = 1;
    repository.previousRootSigners = owners.slice(0, 1);
    const file = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(file), { code: 'threshold-not-met' });
    assert.equal(trusted.root.version, 1);
  });

  test('refuses a next root that only the old keys signed', async () => {
    const { repository, owners, trusted } = await channel();
    const newKey = seededSigner('new');
    repository.root.signers = [{ publicKey: newKey.publicKey, sign: async () => new Uint8Array(0) }];
    repository.root.threshold = 1;
    repository.previousRootSigners = owners;
    const file = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(file), { code: 'threshold-not-met' });
    assert.equal(trusted.root.version, 1);
  });

  test('refuses a next root whose signatures are over something else', async () => {
    const { repository, owners, trusted } = await channel();
    repository.root.signers = owners.map(({ publicKey }, index) => ({
      publicKey,
      sign: async (message) => owners[index]!.sign(message.subarray(1)),
    }));
    const file = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(file), { code: 'bad-signature' });
    assert.equal(trusted.root.version, 1);
  });

  test('takes a next root that enough old and enough new keys signed', async () => {
    const { repository, owners, trusted } = await channel();
    repository.root.signers = [seededSigner('new')];
    repository.root.threshold = 1;
    repository.previousRootSigners = owners.slice(1);
    trusted.updateRoot(await repository.rootFile());
    trusted.finishRoots();
    assert.equal(trusted.root.version, 2);
  });
});
