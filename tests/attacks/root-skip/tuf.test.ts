import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);

describe('TUF root-skip', () => {
  test('refuses root 3 where root 2 must come, and takes 2 and 3 one after the other', async () => {
    const repository = new TufRepository(NOW);
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), tufTestEnv(NOW));
    repository.root.version = 2;
    const second = await repository.rootFile();
    repository.root.version = 3;
    const third = await repository.rootFile();
    assert.throws(() => trusted.updateRoot(third), { code: 'version-mismatch' });
    assert.equal(trusted.root.version, 1);
    trusted.updateRoot(second);
    trusted.updateRoot(third);
    assert.equal(trusted.root.version, 3);
  });
});
