/** What the owner of a channel is told: exit statuses, codes and the members of each JSON document. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { folderContents, writeChannel } from '@antivenom/testkit';
import { accepted, DAY, type Document, passphrase, place, refused, signed, unsigned, wrong } from './contract.ts';

test('init and sign tell what they made, and make it once', async () => {
  const { folder, home, owner } = await unsigned();
  const made = await accepted(['init', folder, ...owner]);
  const root = readFileSync(join(folder, 'tuf/1.root.json'));
  assert.equal(made.rootFingerprint, createHash('sha256').update(root).digest('hex'));
  const names = new Set(made.roles.map(({ name }: Document) => name));
  for (const name of ['root', 'targets', 'index', 'snapshot', 'timestamp']) assert.ok(names.has(name), name);
  for (const { version, expires, threshold, keys } of made.roles) {
    assert.equal(version, 1);
    assert.match(expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(threshold >= 1 && keys.length >= threshold);
  }
  const keys = join(home, 'keys', basename(folder));
  for (const half of ['offline', 'online']) {
    assert.equal(statSync(join(keys, half)).mode & 0o777, 0o700);
    for (const name of readdirSync(join(keys, half)))
      assert.equal(statSync(join(keys, half, name)).mode & 0o777, 0o600);
  }

  const first = await accepted(['sign', folder, ...owner]);
  assert.deepEqual([first.published, first.records.signed, first.records.reused], [true, first.records.total, 0]);
  assert.ok(first.files.length > 0);
  const before = await folderContents(folder);
  const again = await accepted(['sign', folder, ...owner]);
  assert.deepEqual([again.published, again.records.signed, again.files], [false, 0, []]);
  assert.equal(again.records.reused, first.records.total);
  assert.deepEqual(await folderContents(folder), before);

  await refused(2, 'already-initialised', ['init', folder, ...owner]);
  assert.deepEqual(await folderContents(folder), before);
  assert.deepEqual(readFileSync(join(folder, 'tuf/1.root.json')), root);
});

test('the passphrase file can stand in the environment, the offline one apart', async () => {
  const { folder, home } = await unsigned();
  const env = { ANTIVENOM_HOME: home, ANTIVENOM_PASSPHRASE_FILE: passphrase, ANTIVENOM_OFFLINE_PASSPHRASE_FILE: wrong };
  await accepted(['init', folder, '--yes'], { env });
  await accepted(['sign', folder], { env });
  await accepted(['renew', folder], { env });
  const { ANTIVENOM_OFFLINE_PASSPHRASE_FILE: _, ...onlineAlone } = env;
  await refused(2, 'wrong-passphrase', ['renew', folder], { env: onlineAlone });
});

test('daily work needs no offline keys, and says so where they are needed', async () => {
  const { folder, home, owner, rootFingerprint, consumer } = await signed();
  const keys = join(home, 'keys', basename(folder));
  renameSync(join(keys, 'offline'), join(place, 'vault'));
  await writeChannel(folder, { seed: 'more', subdirs: ['linux-64', 'noarch'], packages: 3, forms: { zst: true } });
  const { published } = await accepted(['sign', folder, ...owner]);
  assert.equal(published, true);
  assert.equal((await accepted(['refresh', folder, ...owner])).published, false);
  assert.equal((await accepted(['refresh', folder, ...owner], { clock: 2 * DAY })).published, true);
  await refused(2, 'key-missing', ['renew', folder, ...owner]);
  await accepted(['status', folder, ...consumer]);
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...consumer]);
  await accepted(['verify', 'channel', folder, ...consumer], { clock: 4 * DAY });
  renameSync(join(place, 'vault'), join(keys, 'offline'));
  assert.equal((await accepted(['renew', folder, ...owner])).published, true);
});

test('a channel for nobody has no record signatures, and passes by its index', async () => {
  const { folder, owner, consumer } = await unsigned();
  const { rootFingerprint } = await accepted(['init', folder, '--for', 'none', ...owner]);
  const { records } = await accepted(['sign', folder, ...owner]);
  assert.equal(records.signed, 0);
  assert.ok(!existsSync(join(folder, 'cct')));
  assert.doesNotMatch(readFileSync(join(folder, 'noarch/repodata.json'), 'utf8'), /"signatures"/);
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...consumer]);
  const told = await accepted(['verify', 'channel', folder, ...consumer]);
  assert.equal(told.records.signed, 0);
});

test('sign publishes into another folder, and leaves the channel folder as it was', async () => {
  const { folder, owner, consumer } = await unsigned();
  const out = join(place, 'published');
  const { rootFingerprint } = await accepted(['init', folder, ...owner]);
  const before = await folderContents(join(folder, 'noarch'));
  await accepted(['sign', folder, '--out', out, ...owner]);
  assert.deepEqual(await folderContents(join(folder, 'noarch')), before);
  await accepted(['trust', 'add', out, '--fingerprint', rootFingerprint, ...consumer]);
  const { records } = await accepted(['verify', 'channel', out, ...consumer]);
  assert.equal(records.signed, records.total);
  assert.ok(records.total > 0);
});

test('renewed on day 350, a channel is accepted on day 380 by consumers old and new', async () => {
  const { folder, owner, consumer, rootFingerprint } = await signed();
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...consumer]);
  await accepted(['verify', 'channel', folder, ...consumer]);
  assert.equal((await accepted(['renew', folder, ...owner], { clock: 350 * DAY })).published, true);
  await accepted(['refresh', folder, ...owner], { clock: 380 * DAY });
  await accepted(['verify', 'channel', folder, ...consumer], { clock: 380 * DAY });
  const young = ['--home', join(place, 'young')];
  await accepted(['trust', 'add', folder, '--fingerprint', rootFingerprint, ...young], { clock: 380 * DAY });
  await accepted(['verify', 'channel', folder, ...young], { clock: 380 * DAY });
});
