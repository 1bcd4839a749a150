/** What is no metadata, or metadata of another kind, given to the TUF client. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

test('a snapshot that looks like a timestamp, signed by the timestamp key, is none', async () => {
  await using staged = await StagedRepository.start();
  await staged.publishNext('root');
  const timestamp = staged.repository.timestamp;
  timestamp.forgery = (signed) => signed.replace('"_type":"timestamp"', '"_type":"snapshot"');
  await staged.publish();
  assert.match(await staged.refused('malformed', 'refresh'), /of type "snapshot", not timestamp/);
  assert.deepEqual(await staged.versions(), { root: 2 });
});

test('each role is refused as a web page, cut off, and empty', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
  });
  for (const file of ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']) {
    for (const body of ['<!DOCTYPE html><title>Not found</title>', '{"signed": {"_type": "tar', '', '{}']) {
      staged.serve(file, body);
      await staged.refused('malformed', 'refresh');
    }
    if (file === '2.root.json') staged.serve(file, { status: 404 });
    else await staged.publish();
  }
  await staged.accepted('refresh');
});

test('a first root that is none is refused by init, and where it stands already nobody is asked', async () => {
  await using staged = await StagedRepository.start();
  const file = join(staged.metadata, 'root.json');
  const genuine = await readFile(file, 'utf8');
  const forgeries = [
    [genuine.replace('"version":1,', ''), 'malformed'],
    [genuine.replace(/"sig":"[0-9a-f]{8}/, '"sig":"00000000'), 'bad-signature'],
    [genuine.replace(/"sig":"\w+"/, '"sig":""'), 'threshold-not-met'],
    [genuine.replace('"version":1', '"version":2'), 'bad-signature'],
  ] as const;
  for (const [forged, code] of forgeries) {
    assert.notEqual(forged, genuine);
    const given = join(staged.targets, '..', 'given.json');
    await writeFile(given, forged);
    await staged.refused(code, 'init', given);
    assert.equal(await readFile(file, 'utf8'), genuine, 'the root that is trusted stays');
    await writeFile(file, forged);
    const { status, stderr } = await staged.tell('refresh');
    assert.equal(status, 1);
    assert.match(stderr, /damaged: .*\(store-corrupt\)\n$/);
    assert.deepEqual(staged.asked(), []);
    await writeFile(file, genuine);
  }
  await staged.accepted('refresh');
});
