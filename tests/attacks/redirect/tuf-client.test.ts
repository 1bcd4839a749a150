import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

test('the TUF client goes round no circle, and not from the web to a file or another scheme', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.targetsRole('targets').files.set('file', new Uint8Array(3));
  });
  const circle = [{ redirect: '/metadata/a' }, { redirect: '/metadata/timestamp.json' }] as const;
  staged.serve('a', circle[1]);
  for (const answer of [
    circle[0],
    { redirect: 'file:///etc/passwd' },
    { redirect: 'ftp://127.0.0.1/x' },
    { redirect: '//' },
  ]) {
    staged.serve('timestamp.json', answer);
    await staged.refused('redirect-refused', 'refresh');
  }
  for (let step = 0; step < 7; step++) staged.serve(`step${step}`, { redirect: `/metadata/step${step + 1}` });
  staged.serve('timestamp.json', { redirect: '/metadata/step0' });
  await staged.refused('redirect-refused', 'refresh');
  await staged.publish();
  staged.serveTarget('file', { redirect: 'file:///etc/passwd' });
  await staged.refused('redirect-refused', 'download', 'file');
});

test('a redirect to where the file is now is followed', async () => {
  await using staged = await StagedRepository.start();
  staged.serve('moved', { body: await staged.repository.timestampFile() });
  staged.serve('timestamp.json', { redirect: '/metadata/moved' });
  await staged.accepted('refresh');
});
