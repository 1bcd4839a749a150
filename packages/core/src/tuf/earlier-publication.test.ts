import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';
import { earlierSnapshot, earlierTargets } from './earlier-publication.ts';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

test('recognises what an earlier publication listed, by the keys that its roles have now, and nothing else', async () => {
  const repository = new TufRepository(NOW);
  const index = repository.delegate('targets', 'index', ['*/repodata.json']);
  index.files.set('noarch/repodata.json', new Uint8Array([1]));
  index.expires = NOW - 1;
  const earlier = await repository.targetsFile('index');
  const snapshotBefore = await repository.snapshotFile();
  Object.assign(index, { version: 2, expires: NOW + 1000 });
  index.files.set('noarch/repodata.json', new Uint8Array([2, 2]));
  repository.snapshot.version = 2;
  const trusted = await repository.refresh(env);
  const { targets } = trusted;
  assert.ok(targets);
  const meta = earlierSnapshot(trusted, snapshotBefore).get('index.json');
  assert.ok(meta);
  assert.equal(earlierTargets(trusted, earlier, meta, 'index', targets).get('noarch/repodata.json')?.length, 1);
  assert.throws(() => earlierTargets(trusted, earlier, meta, 'other', targets), { code: 'missing' });
  const current = await repository.targetsFile('index');
  assert.throws(() => earlierTargets(trusted, current, { version: 1 }, 'index', targets), { code: 'version-mismatch' });
  assert.throws(() => earlierTargets(trusted, current, { ...meta, length: current.length }, 'index', targets), {
    code: 'hash-mismatch',
  });
  const currentSnapshot = await repository.snapshotFile();
  assert.throws(() => earlierSnapshot(trusted, currentSnapshot), { code: 'version-mismatch' });
  index.version = 1;
  index.signers = [seededSigner('thief')];
  const forged = await repository.targetsFile('index');
  assert.throws(() => earlierTargets(trusted, forged, { version: 1 }, 'index', targets), { code: 'threshold-not-met' });
  repository.snapshot.signers = index.signers;
  const forgedSnapshot = await repository.snapshotFile();
  assert.throws(() => earlierSnapshot(trusted, forgedSnapshot), { code: 'threshold-not-met' });
});
