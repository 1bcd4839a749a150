import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antivenom-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('two in one process go one after the other', async () => {
  const path = join(folder, 'made', 'lock');
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await sleep(40);
    events.push(`${name} ends`);
  };
  await Promise.all([withLock(path, { waitMs: 5000 }, work('a')), withLock(path, { waitMs: 5000 }, work('b'))]);
  const [first] = events[0]!.split(' ');
  const second = first === 'a' ? 'b' : 'a';
  assert.deepEqual(events, [`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
});

test('says that another holds the lock, and that one whose work fails gives it back', async () => {
  const path = join(folder, 'lock');
  await withLock(path, { waitMs: 0 }, () =>
    assert.rejects(
      withLock(path, { waitMs: 50 }, async () => {}),
      { code: 'locked' },
    ),
  );
  await assert.rejects(
    withLock(path, { waitMs: 0 }, async () => {
      throw new Error('work failed');
    }),
    /work failed/,
  );
  assert.equal(await withLock(path, { waitMs: 0 }, async () => 'mine'), 'mine');
});

test('a holder killed by SIGKILL gives the lock back', async () => {
  const path = join(folder, 'lock');
  // The timer holds what waits for it: a promise that nothing can settle would be collected, and the lock with it.
  const script = `
    import { withLock } from ${JSON.stringify(import.meta.resolve('./lock.ts'))};
    await withLock(${JSON.stringify(path)}, { waitMs: 0 }, async () => { console.log('held'); await new Promise((resolve) => setInterval(resolve, 1e6)); });`;
  const child = spawn(process.execPath, ['--conditions=antivenom-source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    await assert.rejects(
      withLock(path, { waitMs: 0 }, async () => {}),
      { code: 'locked' },
    );
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  assert.equal(await withLock(path, { waitMs: 2000 }, async () => 'mine'), 'mine');
});
