import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

async function start(repository: TufRepository): Promise<TrustedMetadata> {
  const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
  trusted.finishRoots();
  return trusted;
}

describe('TUF role-rollback', () => {
  test('refuses a timestamp older than the stored one, even where the stored one expired', async () => {
    const repository = new TufRepository(NOW);
    const old = await repository.timestampFile();
    repository.timestamp.version = 2;
    repository.timestamp.expires = NOW - DAY;
    const trusted = await start(repository);
    const stored = await repository.timestampFile();
    assert.throws(() => trusted.updateTimestamp(stored), { code: 'expired' });
    assert.throws(() => trusted.updateTimestamp(old), { code: 'rollback' });
    assert.equal(trusted.timestamp, undefined);
  });

  test('keeps the timestamp it has where another has the same version', async () => {
    const repository = new TufRepository(NOW);
    const trusted = await start(repository);
    trusted.updateTimestamp(await repository.timestampFile());
    const first: object | undefined = trusted.timestamp;
    repository.timestamp.expires += DAY;
    trusted.updateTimestamp(await repository.timestampFile());
    assert.ok(first !== undefined && Object.is(trusted.timestamp, first));
    repository.timestamp.version = 2;
    trusted.updateTimestamp(await repository.timestampFile());
    assert.equal(trusted.timestamp?.version, 2);
  });

  test('refuses a newer timestamp that names an older snapshot', async () => {
    const repository = new TufRepository(NOW);
    repository.snapshot.version = 5;
    const trusted = await start(repository);
    trusted.updateTimestamp(await repository.timestampFile());
    repository.timestamp.version = 2;
    repository.snapshot.version = 4;
    const file = await repository.timestampFile();
    assert.throws(() => trusted.updateTimestamp(file), { code: 'rollback' });
    assert.equal(trusted.timestamp?.version, 1);
  });

  test('refuses a snapshot older than the stored one though the timestamp names it', async () => {
    const repository = new TufRepository(NOW);
    repository.snapshot.version = 3;
    const stored = await repository.snapshotFile();
    repository.snapshot.version = 2;
    const trusted = await start(repository);
    trusted.updateTimestamp(await repository.timestampFile());
    assert.throws(() => trusted.updateSnapshot(stored, { trusted: true }), { code: 'version-mismatch' });
    const older = await repository.snapshotFile();
    assert.throws(() => trusted.updateSnapshot(older, { trusted: false }), { code: 'rollback' });
    assert.equal(trusted.snapshot, undefined);
  });

  test('refuses a targets role older than the snapshot says', async () => {
    const repository = new TufRepository(NOW);
    repository.stateHashes = false;
    const old = await repository.targetsFile();
    repository.targetsRole('targets').version = 2;
    const trusted = await start(repository);
    trusted.updateTimestamp(await repository.timestampFile());
    trusted.updateSnapshot(await repository.snapshotFile(), { trusted: false });
    assert.throws(() => trusted.updateTargets(old), { code: 'version-mismatch' });
    assert.equal(trusted.targets?.version, undefined);
    trusted.updateTargets(await repository.targetsFile());
    assert.equal(trusted.targets?.version, 2);
  });

  test('tells the caller to drop timestamp and snapshot once the keys of either changed', async () => {
    for (const role of ['timestamp', 'snapshot'] as const) {
      const repository = new TufRepository(NOW);
      const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
      repository.root.version = 2;
      trusted.updateRoot(await repository.rootFile());
      assert.equal(trusted.keysRotated, false, 'a new root with the same keys rotates nothing');
      const [first] = repository[role].signers;
      repository[role].signers = [first!, seededSigner('another')];
      repository.root.version = 3;
      trusted.updateRoot(await repository.rootFile());
      assert.equal(trusted.keysRotated, true);
      const later = TrustedMetadata.fromRoot(await repository.rootFile(), env);
      repository[role].signers = [first!];
      repository.root.version = 4;
      later.updateRoot(await repository.rootFile());
      assert.equal(later.keysRotated, true, 'one key less is rotated too');
      const latest = TrustedMetadata.fromRoot(await repository.rootFile(), env);
      repository[role].signers = [seededSigner('third')];
      repository.root.version = 5;
      latest.updateRoot(await repository.rootFile());
      assert.equal(latest.keysRotated, true, 'one key for another is rotated too');
      repository[role].signers = [first!];
      repository.root.version = 4;
      trusted.updateRoot(await repository.rootFile());
      assert.equal(trusted.keysRotated, true, 'there and back again is rotated');
    }
  });
});
