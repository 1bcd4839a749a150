/** What the TUF client keeps, damaged or exchanged. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderContents, StagedRepository, seededSigner } from '@antivenom/testkit';

test('damaged metadata is never believed, and fetched anew', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.delegate('targets', 'team', ['*']).files.set('file', new Uint8Array(3));
  });
  await staged.accepted('download', 'file');
  const before = await folderContents(staged.metadata);
  const timestamp = await readFile(join(staged.metadata, 'timestamp.json'));
  for (const name of ['timestamp', 'snapshot', 'targets', 'team']) {
    const file = join(staged.metadata, `${name}.json`);
    const genuine = await readFile(file, 'utf8');
    for (const damaged of [
      '',
      '{"half": "writ',
      genuine.replace('"version":1', '"version":9'),
      String(timestamp).slice(1),
    ]) {
      await writeFile(file, damaged);
      await staged.accepted('download', 'file');
      assert.equal(await readFile(file, 'utf8'), genuine);
    }
  }
  const after = await folderContents(staged.metadata);
  for (const map of [before, after]) map.delete('.accepted');
  assert.deepEqual(after, before);
});

test('a root that is gone, damaged or another one’s is told with the way out, before anybody is asked', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  staged.asked();
  const file = join(staged.metadata, 'root.json');
  const genuine = await readFile(file);
  await rm(file);
  await staged.refused('not-trusted', 'refresh');
  const tell = async () => {
    const { status, stderr } = await staged.tell('refresh');
    assert.equal(status, 1);
    assert.match(stderr, /^antivenom-tuf: the metadata in .* is damaged: .* \(store-corrupt\)\n$/);
  };
  await writeFile(file, genuine.subarray(0, 100));
  await tell();
  await writeFile(file, await readFile(join(staged.metadata, 'targets.json')));
  await tell();
  assert.deepEqual(staged.asked(), []);
  await writeFile(file, genuine);
  await writeFile(join(staged.metadata, '.accepted'), 'yesterday');
  await staged.refused('store-corrupt', 'refresh');
  await rm(join(staged.metadata, '.accepted'));
  await staged.accepted('refresh');
});

test('what is kept is held to the keys of the root, not to those it was stored under', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  staged.repository.targetsRole('targets').signers = [seededSigner('new targets')];
  await staged.publishNext('root', 'targets');
  // A thief of the old key puts back what it signed.
  staged.repository.targetsRole('targets').signedBy = [seededSigner('targets')];
  await writeFile(join(staged.metadata, 'targets.json'), await staged.repository.targetsFile());
  await staged.accepted('refresh');
  assert.deepEqual(await staged.versions(), { root: 2, snapshot: 2, targets: 2, timestamp: 2 });
  assert.ok(
    !(await readFile(join(staged.metadata, 'targets.json'))).equals(Buffer.from(await staged.repository.targetsFile())),
  );
});
