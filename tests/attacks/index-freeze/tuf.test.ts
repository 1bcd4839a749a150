import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 12);

describe('TUF index-freeze', () => {
  test('refuses the publication of yesterday once its timestamp expires, whatever else lives on', async () => {
    const repository = new TufRepository(NOW);
    for (const role of [repository.root, repository.snapshot, repository.targetsRole('targets')]) {
      role.expires = NOW + 365 * DAY;
    }
    await assert.rejects(repository.refresh(tufTestEnv(NOW + DAY)), { code: 'expired', message: /^timestamp\.json/ });
    const trusted = await repository.refresh(tufTestEnv(NOW + DAY - 1000));
    assert.equal(trusted.targets?.version, 1);
  });
});
