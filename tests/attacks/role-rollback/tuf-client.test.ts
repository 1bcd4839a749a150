/** Versions that fall, and how an owner lets them fall who was robbed. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StagedRepository, seededSigner } from '@antivenom/testkit';

test('an older timestamp is refused, and the newer one stays', async () => {
  await using staged = await StagedRepository.start();
  await staged.publishNext();
  await staged.accepted('refresh');
  staged.asked();
  staged.repository.timestamp.version = 1;
  await staged.publish();
  assert.match(await staged.refused('rollback', 'refresh'), /version 1; version 2 was accepted before/);
  assert.deepEqual(staged.asked(), ['2.root.json', 'timestamp.json']);
  assert.deepEqual(await staged.versions(), { root: 1, snapshot: 2, targets: 1, timestamp: 2 });
});

for (const stateHashes of [false, true]) {
  const how = stateHashes ? 'with hashes' : 'without hashes';

  test(`a newer timestamp that names an older snapshot is refused, ${how}`, async () => {
    await using staged = await StagedRepository.start((repository) => Object.assign(repository, { stateHashes }));
    await staged.publishNext();
    await staged.accepted('refresh');
    staged.asked();
    const { snapshot, timestamp } = staged.repository;
    snapshot.version = 1;
    timestamp.version = 3;
    await staged.publish();
    await staged.refused('rollback', 'refresh');
    assert.equal(staged.asked().at(-1), 'timestamp.json');
    assert.deepEqual(await staged.versions(), { root: 1, snapshot: 2, targets: 1, timestamp: 2 });
  });

  test(`a snapshot that names an older targets role is refused by the one that is kept, ${how}`, async () => {
    await using staged = await StagedRepository.start((repository) => Object.assign(repository, { stateHashes }));
    await staged.publishNext('targets');
    await staged.accepted('refresh');
    staged.repository.targetsRole('targets').version = 1;
    await staged.publishNext();
    await staged.refused('rollback', 'refresh');
    assert.deepEqual(await staged.versions(), { root: 1, snapshot: 2, targets: 2, timestamp: 3 });
  });
}

test('a snapshot that no longer names a role is refused', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.delegate('targets', 'delegated', ['paths/*']);
  });
  await staged.accepted('refresh');
  staged.repository.targets.delete('delegated');
  staged.repository.targetsRole('targets').delegations = [];
  await staged.publishNext('targets');
  assert.match(await staged.refused('rollback', 'refresh'), /no longer names "delegated\.json"/);
  assert.equal((await staged.versions())['snapshot'], 1);
});

for (const rotated of [['timestamp'], ['snapshot'], ['snapshot', 'timestamp']]) {
  test(`new keys of ${rotated.join(' and ')} bring down what a thief drove ahead`, async () => {
    await using staged = await StagedRepository.start(({ snapshot, timestamp, targets }) => {
      timestamp.version = 100;
      if (rotated.includes('snapshot')) {
        snapshot.version = rotated.includes('timestamp') ? 100 : 1;
        Object.assign(targets.get('targets') ?? {}, { version: 100 });
        targets.set('stray', { ...targets.get('targets')!, delegations: [], files: new Map() });
      }
    });
    await staged.accepted('refresh');
    const { repository } = staged;
    repository.root.version = 2;
    repository.targets.delete('stray');
    for (const role of [repository.timestamp, repository.snapshot, repository.targetsRole('targets')]) role.version = 1;
    if (!rotated.includes('timestamp')) repository.timestamp.version = 101;
    for (const role of rotated) repository.role(role).signers = [seededSigner(`new ${role}`)];
    await staged.publish();
    await staged.accepted('refresh');
    const { timestamp } = repository;
    assert.deepEqual(await staged.versions(), { root: 2, snapshot: 1, targets: 1, timestamp: timestamp.version });
  });
}

test('another timestamp of the version that is kept does not take its place', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  const before = await readFile(join(staged.metadata, 'timestamp.json'));
  staged.repository.timestamp.expires += 1000;
  await staged.publish();
  await staged.accepted('refresh');
  assert.deepEqual(await readFile(join(staged.metadata, 'timestamp.json')), before);
});
