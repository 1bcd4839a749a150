/** Servers that take the TUF client's time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

test('a body that trickles, one that stops and an answer that never comes end within the time that is given', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.targetsRole('targets').files.set('file', new Uint8Array(100_000));
  });
  const argv = [
    ...['--metadata-dir', staged.metadata, '--metadata-url', `${staged.server.url}/metadata`, '--max-time', '2'],
    ...['--target-dir', staged.targets, '--target-base-url', `${staged.server.url}/targets`, '--target-name', 'file'],
  ];
  const slow = [{ trickle: { bytes: 1, everyMs: 100 } }, { hang: 'body' }, { hang: 'answer' }] as const;
  const body = await staged.repository.timestampFile();
  for (const answer of slow) {
    staged.serve('timestamp.json', { body, ...answer });
    await staged.requireRefusal(await staged.run([...argv, 'refresh']), 'unreachable');
  }
  await staged.publish();
  staged.serveTarget('file', { trickle: { bytes: 10, everyMs: 100 } });
  await staged.requireRefusal(await staged.run([...argv, 'download']), 'unreachable');
  assert.deepEqual(await staged.downloaded(), {});
});

test('a server that cuts each answer short is named', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.targetsRole('targets').files.set('file', new Uint8Array(1 << 20));
  });
  staged.serveTarget('file', { cutAt: 1 << 19 });
  assert.match(await staged.refused('unreachable', 'download', 'file'), /the server cut the connection/);
  assert.deepEqual(await staged.downloaded(), {});
});
