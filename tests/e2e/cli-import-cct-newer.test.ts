/** A chain of which the owner holds one key: others renew it, and the owner takes it over. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAntivenom } from '@antivenom/testkit';
import {
  assertConsumers,
  cctChannel,
  DAY,
  filesOf,
  importing,
  KEY_MGR,
  NOW,
  place,
  run,
  writeChain,
} from './cct-channel.ts';

test('with the key of pkg_mgr alone the channel is adopted, and renew leaves the rest to whoever holds its keys', async () => {
  const folder = await cctChannel('online');
  const key = join(place, 'raw/pkg_mgr.pri');
  const { status, document, stderr } = await importing(folder, '--pkg-mgr-key', key);
  assert.equal(status, 0, JSON.stringify(document));
  for (const role of ['cct/root', 'cct/key_mgr']) assert.match(stderr, new RegExp(`${role} cannot be renewed here`));
  assert.equal((await run(folder, 'sign', folder)).document.records.reused, 4);
  const before = await filesOf(join(folder, 'cct'));
  const renewed = await run(folder, 'renew', folder);
  assert.equal(renewed.status, 0, renewed.stdout);
  assert.deepEqual(
    renewed.document.renewed.filter((role: string) => role.startsWith('cct/')),
    [],
  );
  const skipped = renewed.document.warnings.filter(({ kind }: { kind: string }) => kind === 'not-renewed');
  assert.deepEqual(
    skipped.map(({ about }: { about: string }) => about),
    ['cct/root', 'cct/key_mgr'],
  );
  const rotated = await run(folder, 'rotate', folder, 'root');
  assert.deepEqual([rotated.status, rotated.document.newKeys.length], [0, 3], rotated.stdout);
  const warned = rotated.document.warnings.filter(({ kind }: { kind: string }) => kind === 'not-renewed');
  assert.deepEqual(
    warned.map(({ about }: { about: string }) => about),
    ['cct/root'],
  );
  const lasting = await run(folder, 'expiry', folder, 'cct/key_mgr=90');
  assert.deepEqual([lasting.status, lasting.document.code], [2, 'key-missing'], lasting.stdout);
  assert.deepEqual(await filesOf(join(folder, 'cct')), before);
  const late = await runAntivenom(['status', folder, '--at', '2099-01-01T00:00:00Z', '--json'], { cwd: place });
  const { problems } = JSON.parse(late.stdout);
  const elsewhere = problems.filter(({ message }: { message: string }) => message.includes('import cct --chain'));
  assert.deepEqual(
    elsewhere.map(({ about }: { about: string }) => about),
    ['cct/root', 'cct/key_mgr'],
  );

  // Whoever holds the keys renews the chain, and the owner takes it over.
  await writeChain(join(place, 'newer'), { root: 3, keyMgr: 5 });
  const updated = await importing(folder, '--chain', join(place, 'newer'));
  assert.deepEqual([updated.status, updated.document.published], [0, true], updated.stdout);
  assert.ok(['cct/root', 'cct/key_mgr'].every((role) => updated.document.renewed.includes(role)));
  assert.deepEqual(await filesOf(join(folder, 'cct')), await filesOf(join(place, 'newer')));
  await assertConsumers(folder, document.rootFingerprint, 4);
  const again = await importing(folder, '--chain', join(place, 'newer'));
  assert.deepEqual([again.status, again.document.published], [0, false]);

  await writeChain(join(place, 'older'), { root: 3 });
  await writeChain(join(place, 'other'), { root: 3, keyMgr: 6, expires: NOW + 50 * DAY });
  await writeChain(join(place, 'foreign'), { root: 3, keyMgr: 6, pkgMgr: KEY_MGR });
  const stands = await filesOf(join(folder, 'tuf'));
  for (const [dir, status, code] of [
    ['older', 1, 'rollback'],
    ['other', 1, 'version-mismatch'],
    ['foreign', 2, 'key-missing'],
  ] as const) {
    const refused = await importing(folder, '--chain', join(place, dir));
    assert.deepEqual([refused.status, refused.document.code], [status, code], refused.stdout);
    assert.deepEqual(await filesOf(join(folder, 'tuf')), stands);
  }
});

test('a root that asks for more keys than the owner holds stops the renewal of nothing else', async () => {
  const folder = await cctChannel('half', { rootThreshold: () => 1 });
  const keys = ['--root-key', join(place, 'raw/root-1.pri'), '--pkg-mgr-key', join(place, 'raw/pkg_mgr.pri')];
  const adopted = await importing(folder, ...keys);
  assert.equal(adopted.status, 0, adopted.stdout);
  await writeChain(join(place, 'stricter'), { root: 3, keyMgr: 5, rootThreshold: (version) => (version < 3 ? 1 : 2) });
  const stricter = ['--chain', join(place, 'stricter')];
  const refused = await importing(folder, ...stricter, ...keys);
  assert.deepEqual([refused.status, refused.document.code], [2, 'usage'], 'keys that would not be taken');
  assert.equal((await importing(folder, ...stricter)).status, 0);
  const renewed = await run(folder, 'renew', folder);
  assert.equal(renewed.status, 0, renewed.stdout);
  assert.ok(['root', 'targets'].every((role) => renewed.document.renewed.includes(role)));
  const [warning] = renewed.document.warnings;
  assert.match(warning.message, /^cct\/root was not renewed: too few of its keys are in the key folder/);
});
