/** More than was signed, or than a role may have, sent to the TUF client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { StagedRepository } from '@antivenom/testkit';

test('each role is cut off at its limit, and a target at its length', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
    repository.targetsRole('targets').files.set('file', new Uint8Array(1000));
  });
  for (const file of ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']) {
    staged.serve(file, { endless: true });
    assert.match(await staged.refused('length-mismatch', 'refresh'), /longer than the \d+ bytes/);
    if (file === '2.root.json') staged.serve(file, { status: 404 });
    else await staged.publish();
  }
  staged.serveTarget('file', { endless: true });
  assert.match(await staged.refused('length-mismatch', 'download', 'file'), /longer than the 1000 bytes/);
  assert.deepEqual(await staged.downloaded(), {});
});

test('a body that expands is not expanded: nobody asked for an encoding', async () => {
  await using staged = await StagedRepository.start();
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  for (const encoding of ['gzip', 'br', 'zstd', 'deflate']) {
    staged.serve('timestamp.json', { body: bomb, headers: { 'content-encoding': encoding } });
    await staged.refused('malformed', 'refresh');
  }
});

test('a signed length beyond all measure raises no limit', async () => {
  await using staged = await StagedRepository.start((repository) => {
    const longer = (signed: string) => signed.replace(/"length":\d+/, '"length":9007199254740991');
    repository.timestamp.forgery = longer;
  });
  staged.serve('1.snapshot.json', { endless: true });
  assert.match(await staged.refused('length-mismatch', 'refresh'), /longer than the 16000000 bytes/);
});
