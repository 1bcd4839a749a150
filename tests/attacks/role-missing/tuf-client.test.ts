/** Metadata that is not there, and servers that do not answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

const DAY = 86_400_000;
const FILES = {
  timestamp: ['timestamp.json', { root: 1, snapshot: 1, targets: 1, timestamp: 1 }],
  snapshot: ['2.snapshot.json', { root: 1, snapshot: 1, targets: 1, timestamp: 2 }],
  targets: ['2.targets.json', { root: 1, snapshot: 2, targets: 1, timestamp: 2 }],
} as const;

for (const [role, [file, kept]] of Object.entries(FILES)) {
  test(`a ${role} role that is not there is missing, and what comes before it is taken`, async () => {
    await using staged = await StagedRepository.start();
    await staged.accepted('refresh');
    await staged.publishNext('targets');
    staged.serve(file, { status: 404 });
    assert.match(await staged.refused('missing', 'refresh'), new RegExp(file.replace('.', '\\.')));
    assert.equal(staged.asked().at(-1), file);
    assert.deepEqual(await staged.versions(), kept);
  });
}

test('a next root that may not be read is none, as object stores say of what is not there', async () => {
  await using staged = await StagedRepository.start();
  staged.serve('2.root.json', { status: 403 });
  await staged.accepted('refresh');
});

test('a server that fails is named, and once what is kept has expired, that is said', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.timestamp.expires = Date.now() + 2 * DAY;
  });
  await staged.accepted('refresh');
  staged.serve('timestamp.json', { status: 403 });
  await staged.refused('unreachable', 'refresh');
  staged.clock = 3 * DAY;
  await staged.refused('expired', 'refresh');
});

test('a target that is listed and not there is missing', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.targetsRole('targets').files.set('file', new Uint8Array(3));
  });
  for (const status of [404, 403]) {
    staged.serveTarget('file', { status });
    await staged.refused('missing', 'download', 'file');
  }
  assert.deepEqual(await staged.downloaded(), {});
});
