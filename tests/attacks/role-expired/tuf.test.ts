import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedMetadata } from '@antivenom/core';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

describe('TUF role-expired', () => {
  test('refuses the last root once it expired, not one on the way to it', async () => {
    const repository = new TufRepository(NOW);
    repository.root.expires = NOW - 10 * DAY;
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    assert.throws(() => trusted.finishRoots(), {
      code: 'expired',
      message: '1.root.json expired on 2026-01-02, 10 days ago',
    });
    const timestamp = await repository.timestampFile();
    assert.throws(() => trusted.updateTimestamp(timestamp), { code: 'usage' });

    repository.root.version = 2;
    repository.root.expires = NOW + DAY;
    trusted.updateRoot(await repository.rootFile());
    trusted.finishRoots();
    trusted.updateTimestamp(timestamp);
    assert.equal(trusted.timestamp?.version, 1);
  });

  test('refuses an expired timestamp and takes a newer one', async () => {
    const repository = new TufRepository(NOW);
    repository.timestamp.expires = NOW - 3_600_000;
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    const expired = await repository.timestampFile();
    assert.throws(() => trusted.updateTimestamp(expired), {
      code: 'expired',
      message: 'timestamp.json expired on 2026-01-11, 1 hour ago',
    });
    assert.equal(trusted.timestamp?.version, undefined);
    const snapshot = await repository.snapshotFile();
    assert.throws(() => trusted.updateSnapshot(snapshot, { trusted: false }), { code: 'usage' });

    repository.timestamp.version = 2;
    repository.timestamp.expires = NOW + DAY;
    trusted.updateTimestamp(await repository.timestampFile());
    assert.equal(trusted.timestamp?.version, 2);
  });

  test('lets no earlier timestamp stand in for a newer one that expired', async () => {
    const repository = new TufRepository(NOW);
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    trusted.updateTimestamp(await repository.timestampFile());
    repository.timestamp.version = 2;
    repository.timestamp.expires = NOW;
    const expired = await repository.timestampFile();
    assert.throws(() => trusted.updateTimestamp(expired), { code: 'expired', message: /just now/ });
    assert.equal(trusted.timestamp?.version, undefined);
  });

  test('refuses an expired snapshot', async () => {
    const repository = new TufRepository(NOW);
    repository.snapshot.expires = NOW;
    await assert.rejects(repository.refresh(env), { code: 'expired', message: /^snapshot\.json expired/ });
    repository.snapshot.expires = NOW + 1000;
    assert.equal((await repository.refresh(env)).snapshot?.version, 1);
  });

  test('refuses an expired targets role, top-level or delegated', async () => {
    const repository = new TufRepository(NOW);
    const index = repository.delegate('targets', 'index', ['*/repodata.json']);
    index.files.set('noarch/repodata.json', new TextEncoder().encode('{}'));
    index.expires = NOW - DAY;
    const trusted = await repository.refresh(env);
    await assert.rejects(repository.find(trusted, 'noarch/repodata.json'), {
      code: 'expired',
      message: /^index\.json expired on 2026-01-11, 1 day ago/,
    });
    assert.equal(trusted.delegatedTargets('index', trusted.targets!), undefined);

    index.expires = NOW + DAY;
    const again = await repository.refresh(env);
    assert.ok(await repository.find(again, 'noarch/repodata.json'));
    repository.targetsRole('targets').expires = NOW - 60_000;
    await assert.rejects(repository.refresh(env), { code: 'expired', message: /^targets\.json .*1 minute ago/ });
  });
});
