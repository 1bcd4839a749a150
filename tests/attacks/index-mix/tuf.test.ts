import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

/** Two publications of one channel, each valid: every file of the first, then the repository at the second. */
async function twoPublications(stateHashes: boolean) {
  const repository = new TufRepository(NOW);
  repository.stateHashes = stateHashes;
  const index = repository.delegate('targets', 'index', ['*/repodata.json']);
  index.files.set('noarch/repodata.json', new TextEncoder().encode('{"first":1}'));
  const first = {
    snapshot: await repository.snapshotFile(),
    targets: await repository.targetsFile(),
    index: await repository.targetsFile('index'),
  };
  for (const role of [repository.timestamp, repository.snapshot, repository.targetsRole('targets'), index])
    role.version = 2;
  index.files.set('noarch/repodata.json', new TextEncoder().encode('{"second":2}'));
  const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
  trusted.finishRoots();
  trusted.updateTimestamp(await repository.timestampFile());
  return { repository, first, trusted };
}

describe('TUF index-mix', () => {
  for (const [stated, code] of [
    [true, 'hash-mismatch'],
    [false, 'version-mismatch'],
  ] as const) {
    test(`refuses any file of another publication, ${stated ? 'by its hash' : 'by its version'}`, async () => {
      const { repository, first, trusted } = await twoPublications(stated);
      assert.throws(() => trusted.updateSnapshot(first.snapshot, { trusted: false }), { code });
      assert.equal(trusted.snapshot, undefined);
      trusted.updateSnapshot(await repository.snapshotFile(), { trusted: false });
      assert.throws(() => trusted.updateTargets(first.targets), { code });
      assert.equal(trusted.targets, undefined);
      trusted.updateTargets(await repository.targetsFile());
      assert.throws(() => trusted.updateDelegatedTargets(first.index, 'index', trusted.targets!), { code });
      assert.equal(trusted.delegatedTargets('index', trusted.targets!), undefined);

      const target = await repository.find(trusted, 'noarch/repodata.json');
      assert.equal(target?.length, '{"second":2}'.length);
    });
  }

  test('refuses a role that the snapshot does not name', async () => {
    const { repository, trusted } = await twoPublications(true);
    trusted.updateSnapshot(await repository.snapshotFile(), { trusted: false });
    trusted.updateTargets(await repository.targetsFile());
    assert.throws(() => trusted.metaOf('elsewhere'), { code: 'missing' });
    const index = await repository.targetsFile('index');
    assert.throws(() => trusted.updateDelegatedTargets(index, 'elsewhere', trusted.targets!), { code: 'missing' });
  });

  test('refuses one role of the publication in the place of another', async () => {
    const { repository, trusted } = await twoPublications(false);
    const snapshot = await repository.snapshotFile();
    await assert.rejects(async () => trusted.updateSnapshot(await repository.timestampFile(), { trusted: false }), {
      code: 'malformed',
    });
    trusted.updateSnapshot(snapshot, { trusted: false });
    // The index role is a targets file too: its keys tell it from the top-level one.
    const index = await repository.targetsFile('index');
    assert.throws(() => trusted.updateTargets(index), { code: 'threshold-not-met' });
    assert.equal(trusted.targets, undefined);
  });
});
