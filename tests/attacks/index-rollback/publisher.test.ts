/** An older publication put back into the published folder, to be signed anew by its owner's own daily job. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NO_PROGRESS } from '@antivenom/node';
import { initChannel, type PublisherEnv, refreshChannel, renewChannel, signChannel } from '@antivenom/publisher';
import { folderContents, writeChannel } from '@antivenom/testkit';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const base = await mkdtemp(join(tmpdir(), 'antivenom-rollback-'));
after(() => rm(base, { recursive: true }));

const source = join(base, 'indexer');
const published = join(base, 'published');
const passphrase = async () => 'secret';
const options = { keys: join(base, 'keys'), onlinePassphrase: passphrase, offlinePassphrase: passphrase };
const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const publish = async (packages: number, day: number) => {
  await writeChannel(source, { seed: 1, subdirs: ['noarch'], packages });
  return signChannel(source, { ...options, out: published }, at(day));
};

test('is refused by whoever would sign it, and the newest one is signed', async () => {
  await writeChannel(source, { seed: 1, subdirs: ['noarch'], packages: 1 });
  await initChannel(source, { ...options, for: ['conda'], scryptCost: { n: 16, r: 1, p: 1 } }, at(0));
  await publish(1, 0);
  await cp(published, join(base, 'older'), { recursive: true });
  await publish(2, 1);
  await cp(published, join(base, 'newest'), { recursive: true });

  await rm(published, { recursive: true });
  await cp(join(base, 'older'), published, { recursive: true });
  const before = await folderContents(join(published, 'tuf'));
  for (const attempt of [
    () => refreshChannel(source, options, at(2)),
    () => renewChannel(source, options, at(2)),
    () => signChannel(source, options, at(2)),
  ]) {
    await assert.rejects(attempt(), { code: 'rollback', message: /timestamp 2, and 3 was published/ });
  }
  const metadata = (contents: Map<string, string>) => [...contents].filter(([file]) => !file.includes('/'));
  assert.deepEqual(metadata(await folderContents(join(published, 'tuf'))), metadata(before));

  await rm(published, { recursive: true });
  await cp(join(base, 'newest'), published, { recursive: true });
  assert.equal((await refreshChannel(source, options, at(3))).published, true);
  assert.equal((await publish(3, 3)).published, true);
});
