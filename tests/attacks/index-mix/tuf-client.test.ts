/** Files under a name, or after a hash, that is not theirs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

/** Versions that are kept where the file of this role is another than its name says. */
const MISNAMED: readonly (readonly [role: string, kept: Record<string, number>])[] = [
  ['root', { root: 1 }],
  ['snapshot', { root: 2, timestamp: 2 }],
  ['targets', { root: 2, snapshot: 2, timestamp: 2 }],
];

for (const [name, kept] of MISNAMED) {
  test(`a ${name} role of another version than its name and its namer say is refused`, async () => {
    await using staged = await StagedRepository.start((repository) => {
      repository.stateHashes = false;
    });
    staged.repository.role(name).forgery = (signed) => signed.replace('"version":2', '"version":3');
    await staged.publishNext('root', 'targets');
    await staged.refused('version-mismatch', 'refresh');
    assert.deepEqual(await staged.versions(), kept);
  });
}

const WRONG = '"sha256":"00000000000000000000000000000000000000000000000000000000000000ff"';

test('a snapshot without the hash that the timestamp states is refused, and the timestamp kept', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  staged.repository.timestamp.forgery = (signed) => signed.replace(/"sha256":"\w+"/, WRONG);
  await staged.publishNext();
  await staged.refused('hash-mismatch', 'refresh');
  assert.deepEqual(await staged.versions(), { root: 1, snapshot: 1, targets: 1, timestamp: 2 });
});

test('a targets role without the hash that the snapshot states is refused, and the snapshot kept', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  staged.repository.snapshot.forgery = (signed) => signed.replace(/"sha256":"\w+"/, WRONG);
  await staged.publishNext('targets');
  await staged.refused('hash-mismatch', 'refresh');
  assert.deepEqual(await staged.versions(), { root: 1, snapshot: 2, targets: 1, timestamp: 2 });
});

test('targets with other bytes, or with no hash that can be checked, are refused and not kept', async () => {
  await using staged = await StagedRepository.start((repository) => {
    const { files } = repository.targetsRole('targets');
    for (const name of ['kept', 'other']) files.set(name, new TextEncoder().encode(`genuine ${name}`));
  });
  await staged.accepted('download', 'kept');
  const cases = [
    ['changed other', 'hash-mismatch'],
    ['genuine', 'length-mismatch'],
    ['genuine other and more', 'length-mismatch'],
    ['', 'length-mismatch'],
  ] as const;
  for (const [body, code] of cases) {
    for (const name of ['kept', 'other']) staged.serveTarget(name, { body });
    await staged.refused(code, 'download', 'other');
    await staged.accepted('download', 'kept');
    assert.deepEqual(await staged.downloaded(), { kept: 'genuine kept' });
  }
  staged.repository.targetsRole('targets').forgery = (signed) => signed.replaceAll('"sha256"', '"unknown-hash"');
  await staged.publishNext('targets');
  await staged.refused('hash-mismatch', 'download', 'other');
  assert.deepEqual(await staged.downloaded(), { kept: 'genuine kept' });
});
