import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

/** A channel at its third publication, and a client that stored its snapshot. */
async function channel() {
  const repository = new TufRepository(NOW);
  const index = repository.delegate('targets', 'index', ['*/repodata.json']);
  index.files.set('noarch/repodata.json', new TextEncoder().encode('{"packages":{}}'));
  index.version = 3;
  const stored = await repository.snapshotFile();
  repository.snapshot.version = 2;
  return { repository, index, stored };
}

async function refreshWithStored(repository: TufRepository, stored: Uint8Array): Promise<TrustedMetadata> {
  const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
  trusted.finishRoots();
  trusted.updateTimestamp(await repository.timestampFile());
  assert.throws(() => trusted.updateSnapshot(stored, { trusted: true }), { code: 'version-mismatch' });
  trusted.updateSnapshot(await repository.snapshotFile(), { trusted: false });
  trusted.updateTargets(await repository.targetsFile());
  return trusted;
}

describe('TUF index-rollback', () => {
  test('refuses a new snapshot that names an older index role', async () => {
    const { repository, index, stored } = await channel();
    index.version = 2;
    await assert.rejects(refreshWithStored(repository, stored), { code: 'rollback', message: /index\.json/ });
  });

  test('refuses a new snapshot that no longer names the index role', async () => {
    const { repository, stored } = await channel();
    repository.targetsRole('targets').delegations = [];
    repository.targets.delete('index');
    await assert.rejects(refreshWithStored(repository, stored), { code: 'rollback', message: /index\.json/ });
  });

  test('takes a new snapshot with a newer index role, or the same', async () => {
    const { repository, index, stored } = await channel();
    const same = await refreshWithStored(repository, stored);
    assert.equal(same.snapshot?.version, 2);
    index.version = 4;
    const trusted = await refreshWithStored(repository, stored);
    const target = await repository.find(trusted, 'noarch/repodata.json');
    assert.deepEqual(target?.roles, ['targets', 'index']);
  });
});
