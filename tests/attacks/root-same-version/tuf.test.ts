import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);

async function atVersion(version: number) {
  const repository = new TufRepository(NOW);
  repository.root.version = version;
  const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), tufTestEnv(NOW));
  // Other keys, properly signed: were it taken, the channel would be another.
  repository.targetsRole('targets').signers = [seededSigner('other')];
  return { repository, trusted, before: trusted.root };
}

describe('TUF root-same-version', () => {
  test('refuses another root of the version that is trusted', async () => {
    const { repository, trusted, before } = await atVersion(4);
    const file = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(file), { code: 'version-mismatch' });
    assert.equal(trusted.root, before);
  });

  test('refuses a root of a lower version', async () => {
    const { repository, trusted, before } = await atVersion(4);
    repository.root.version = 3;
    const file = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(file), { code: 'rollback' });
    assert.equal(trusted.root, before);
  });

  test('takes the same root under the next version', async () => {
    const { repository, trusted } = await atVersion(4);
    repository.root.version = 5;
    trusted.updateRoot(await repository.rootFile());
    assert.equal(trusted.root.version, 5);
  });
});
