import { test } from 'node:test';
import { StagedRepository } from '@antivenom/testkit';

const DAY = 86_400_000;

test('a clock that is set back revives no metadata that the TUF client has seen expire', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.timestamp.expires = Date.now() + 2 * DAY;
  });
  const old = await staged.repository.timestampFile();
  staged.repository.timestamp.expires = Date.now() + 20 * DAY;
  await staged.publish();
  staged.clock = 10 * DAY;
  await staged.accepted('refresh');
  staged.clock = 0;
  await staged.accepted('refresh');
  // By the clock it would be good still; what is kept is as old.
  staged.serve('timestamp.json', old);
  staged.clock = -1000;
  await staged.accepted('refresh');
  staged.repository.timestamp.version = 2;
  staged.repository.timestamp.expires = Date.now() + 2 * DAY;
  await staged.publish();
  await staged.refused('expired', 'refresh');
});
