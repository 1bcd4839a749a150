import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';
import { earlierSnapshot, earlierTargets } from './earlier-publication.ts';
import { TrustedMetadata } from './trusted-metadata.ts';

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
  assert.throws(() => earlierTargets(trusted, forged, { version: 1 }, 'index', targets), {
    code: 'threshold-not-met',
    message: 'an earlier index.json is signed by 0 of the 1 distinct keys that targets.json asks for',
  });
  repository.snapshot.signers = index.signers;
  const forgedSnapshot = await repository.snapshotFile();
  assert.throws(() => earlierSnapshot(trusted, forgedSnapshot), {
    code: 'threshold-not-met',
    message: 'an earlier snapshot.json is signed by 0 of the 1 distinct keys that 1.root.json asks for',
  });
});

test('recognises an earlier version of the top-level role by the keys of the root', async () => {
  const repository = new TufRepository(NOW);
  const role = repository.targetsRole('targets');
  role.files.set('a', new Uint8Array([1]));
  const earlier = await repository.targetsFile();
  Object.assign(role, { version: 2 });
  const trusted = await repository.refresh(env);
  assert.equal(earlierTargets(trusted, earlier, { version: 1 }, 'targets', undefined).get('a')?.length, 1);
  role.signers = [seededSigner('thief')];
  const forged = await repository.targetsFile();
  assert.throws(() => earlierTargets(trusted, forged, { version: 2 }, 'targets', undefined), {
    code: 'threshold-not-met',
    message: /1\.root\.json/,
  });
});

test('takes no snapshot for an earlier one before the newest is known', async () => {
  const repository = new TufRepository(NOW);
  const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
  const snapshot = await repository.snapshotFile();
  assert.throws(() => earlierSnapshot(trusted, snapshot), { code: 'version-mismatch' });
});
