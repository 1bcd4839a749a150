/** What the consumer of a channel is told: exit statuses, codes and the members of each JSON document. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { ChannelServer } from '@antivenom/testkit';
import { accepted, DAY, type Document, place, refused, run, signed } from './contract.ts';

test('status names roles as TUF does, and what is wrong', async () => {
  const { folder, consumer, rootFingerprint } = await signed();
  const { roles, problems } = await accepted(['status', folder, ...consumer]);
  for (const name of ['root', 'targets', 'index', 'snapshot', 'timestamp']) {
    const role = roles.find((one: Document) => one.name === name) ?? assert.fail(name);
    assert.match(role.expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(role.version >= 1 && role.threshold >= 1 && role.keys.length >= role.threshold, name);
  }
  assert.deepEqual(problems, []);
  const later = await run(['status', folder, ...consumer], { clock: 10 * DAY });
  assert.ok(later.document.problems.length > 0, JSON.stringify(later.document));
  await using server = await ChannelServer.start(folder);
  await accepted(['trust', 'add', server.url, '--fingerprint', rootFingerprint, ...consumer]);
  const far = await accepted(['status', server.url, ...consumer]);
  assert.deepEqual(
    new Set(far.roles.map(({ name }: Document) => name)),
    new Set(roles.map(({ name }: Document) => name)),
  );
});

test('trust is added, listed, updated and removed', async () => {
  const { folder, consumer, rootFingerprint } = await signed();
  await using server = await ChannelServer.start(folder);
  const { url } = server;
  await refused(1, 'not-trusted', ['verify', 'channel', url, ...consumer]);
  const { hint } = await refused(1, 'not-trusted', ['trust', 'update', url, ...consumer]);
  assert.match(hint, /trust add/);
  const { channels: none } = await accepted(['trust', 'list', ...consumer]);
  assert.deepEqual(none, []);
  await refused(1, 'not-trusted', ['trust', 'add', url, '--fingerprint', 'a'.repeat(64), ...consumer]);
  await refused(2, 'usage', ['trust', 'add', url, ...consumer]);
  await refused(2, 'usage', ['trust', 'add', url, '--fingerprint', 'abc', ...consumer]);

  // One channel, however its address is written.
  await accepted(['trust', 'add', `${url}/`, '--fingerprint', `1:${rootFingerprint.toUpperCase()}`, ...consumer]);
  const { channels: one } = await accepted(['trust', 'list', ...consumer]);
  assert.equal(one.length, 1);
  assert.equal(one[0].url, url);
  assert.equal((await accepted(['trust', 'update', ...consumer])).channels.length, 1);
  await accepted(['verify', 'channel', `${url}/`, ...consumer]);
  await accepted(['trust', 'remove', url, ...consumer]);
  await refused(1, 'not-trusted', ['verify', 'channel', url, ...consumer]);
  await refused(1, 'not-trusted', ['trust', 'remove', url, ...consumer]);
  await accepted(['trust', 'add', url, '--root', join(folder, 'tuf/1.root.json'), ...consumer]);
  await accepted(['verify', 'channel', url, ...consumer]);
});

test('verify tells all that it proved, of a folder as of a URL, from any working directory', async () => {
  const { folder, consumer, rootFingerprint } = await signed();
  const cwd = join(place, 'some where');
  mkdirSync(cwd, { recursive: true });
  const relative = `../${basename(folder)}`;
  await accepted(['trust', 'add', relative, '--fingerprint', rootFingerprint, ...consumer], { cwd });
  const told = await accepted(['verify', 'channel', folder, ...consumer]);
  assert.equal(told.ok, true);
  assert.deepEqual([...told.subdirs].sort(), ['linux-64', 'noarch']);
  assert.deepEqual([told.refused, told.behind, told.ignored], [[], [], []]);
  assert.deepEqual(told.records, { total: told.records.total, signed: told.records.total, refused: 0 });
  const one = await accepted(['verify', 'channel', relative, '--subdir', 'noarch', ...consumer], { cwd });
  assert.deepEqual(one.subdirs, ['noarch']);

  const [name = ''] = readdirSync(join(folder, 'noarch')).filter((file) => file.endsWith('.conda'));
  const bytes = readFileSync(join(folder, 'noarch', name));
  const found = await accepted(
    ['verify', 'package', `${relative}/noarch/${name}`, '--channel', relative, ...consumer],
    { cwd },
  );
  assert.equal(found.ok, true);
  assert.equal(found.sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual(found.evidence, ['index', 'record']);
  await refused(2, 'usage', ['verify', 'package', join(folder, 'noarch', name), ...consumer]);

  const { chain } = await accepted(
    ['verify', 'metadata', join(folder, 'cct/key_mgr.json'), join(folder, 'noarch/repodata.json')].concat([
      '--root',
      join(folder, 'cct/1.root.json'),
    ]),
  );
  assert.ok(chain.length >= 2, JSON.stringify(chain));
  assert.deepEqual(readdirSync(cwd), []);
});

test('what cannot be reached ends with 3', async () => {
  const { folder, consumer, rootFingerprint } = await signed();
  const server = await ChannelServer.start(folder);
  const { url } = server;
  await accepted(['trust', 'add', url, '--fingerprint', rootFingerprint, ...consumer]);
  await accepted(['verify', 'channel', url, ...consumer]);
  await server.close();
  await Promise.all([
    refused(3, 'unreachable', ['verify', 'channel', url, ...consumer]),
    refused(3, 'unreachable', ['verify', 'package', `${url}/noarch/a-1-0.conda`, '--channel', url, ...consumer]),
    refused(3, 'unreachable', ['trust', 'add', 'http://127.0.0.1:1/c', '--fingerprint', rootFingerprint, ...consumer]),
  ]);
});
