/** Expiry by the client of TUF repositories: what was accepted before it stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

const DAY = 86_400_000;

/** Versions that are kept where this role expired in version 2 of all. */
const EXPIRED: readonly (readonly [role: string, kept: Record<string, number>])[] = [
  ['root', { root: 2, snapshot: 1, targets: 1, timestamp: 1 }],
  ['timestamp', { root: 2, snapshot: 1, targets: 1, timestamp: 1 }],
  ['snapshot', { root: 2, snapshot: 1, targets: 1, timestamp: 2 }],
  ['targets', { root: 2, snapshot: 2, targets: 1, timestamp: 2 }],
];

for (const [name, kept] of EXPIRED) {
  test(`an expired ${name} is refused, and only what comes before it is taken`, async () => {
    await using staged = await StagedRepository.start();
    await staged.accepted('refresh');
    const role = staged.repository.role(name);
    role.expires = Date.now() - 5 * DAY;
    await staged.publishNext('root', 'targets');
    assert.match(await staged.refused('expired', 'refresh'), new RegExp(`${name}\\.json expired on .*5 days ago`));
    assert.deepEqual(await staged.versions(), kept);
    role.expires = Date.now() + DAY;
    await staged.publishNext('root', 'targets');
    await staged.accepted('refresh');
  });
}

test('an expired delegated role is refused', async () => {
  await using staged = await StagedRepository.start((repository) => {
    const role = repository.delegate('targets', 'team', ['*']);
    role.files.set('file', new Uint8Array(3));
    role.expires = Date.now() - DAY;
  });
  await staged.refused('expired', 'download', 'file');
  assert.deepEqual(await staged.downloaded(), {});
});

test('metadata that expired where it is kept leads to its successor', async () => {
  for (const name of ['root', 'timestamp', 'snapshot', 'targets']) {
    await using staged = await StagedRepository.start((repository) => {
      repository.role(name).expires = Date.now() + 7 * DAY;
    });
    await staged.accepted('refresh');
    staged.clock = 18 * DAY;
    await staged.refused('expired', 'refresh');
    staged.repository.role(name).expires = Date.now() + 21 * DAY;
    await staged.publishNext('root', 'targets');
    await staged.accepted('refresh');
    assert.equal((await staged.versions())[name], 2);
  }
});
