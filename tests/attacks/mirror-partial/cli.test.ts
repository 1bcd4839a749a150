/** A mirror that lacks forms, packages or subdirs. */
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  type EditableIndex,
  editIndex,
  hashPrefixed,
  readRoles,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const { targets } = readRoles(owner.folder).index;

/** Takes an index file away under both names. */
async function lack(folder: string, path: string): Promise<void> {
  await rm(join(folder, path));
  await rm(join(folder, 'tuf/targets', hashPrefixed(path, targets[path].hashes.sha256)));
}

for (const form of [
  'repodata.json',
  'repodata.json.zst',
  'repodata.json.bz2',
  'current_repodata.json',
  'repodata_shards.msgpack.zst',
]) {
  test(`a mirror without ${form} serves by its other forms`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    for (const subdir of ['linux-64', 'noarch']) await lack(channel.folder, `${subdir}/${form}`);
    await channel.accept('verify', 'channel', channel.url);
    await channel.accept('verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url);
  });
}

test('a subdir whose records are in no form that is left is refused, whatever else is there', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const path of Object.keys(targets)) {
    if (path.startsWith('noarch/') && !path.includes('run_exports')) await lack(channel.folder, path);
  }
  await channel.refused({ status: 3, code: 'not-held', names: /noarch/ }, 'verify', 'channel', channel.url);
});

test('what a mirror lacks in every form, and no record is in, is named', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const path of Object.keys(targets)) {
    if (path.startsWith('noarch/run_exports')) await lack(channel.folder, path);
  }
  const { warnings } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(warnings, ['the mirror does not hold noarch/run_exports.json']);
});

test('a mirror without hash-prefixed names serves by the ordinary ones', async () => {
  await using channel = await StagedChannel.of(owner);
  for (const subdir of ['linux-64', 'noarch']) {
    await rm(join(channel.folder, 'tuf/targets', subdir), { recursive: true });
  }
  const { behind, records } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(behind, []);
  assert.equal(records.total, 4);
});

test('what is left of a form must still be what was signed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await lack(channel.folder, 'noarch/repodata.json.zst');
  await lack(channel.folder, 'noarch/repodata.json.bz2');
  await channel.edit('noarch/repodata.json', (bytes) => String(bytes).replace('gamma', 'gamna'));
  const code = ['hash-mismatch', 'length-mismatch'];
  await channel.refused({ status: 1, code }, 'verify', 'channel', channel.url);
});

test('a package that the mirror lacks is not held, and no other one is taken for it', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await rm(join(channel.folder, 'noarch/gamma-3.0-0.conda'));
  const file = `${channel.url}/noarch/gamma-3.0-0.conda`;
  await channel.refused(
    { status: 3, code: 'not-held', names: /gamma/ },
    'verify',
    'package',
    file,
    '--channel',
    channel.url,
  );
  const { message } = (await channel.run('verify', 'package', file, '--channel', channel.url)).document;
  assert.match(message, /mirror does not hold/);
});

test('a subdir that the mirror lacks is not held, and the others are told of', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await rm(join(channel.folder, 'linux-64'), { recursive: true });
  await rm(join(channel.folder, 'tuf/targets/linux-64'), { recursive: true });
  await channel.refused({ status: 3, code: 'not-held', names: /linux-64/ }, 'verify', 'channel', channel.url);
  const file = `${channel.url}/linux-64/beta-2.0-h2_0.conda`;
  const told = await channel.run('verify', 'package', file, '--channel', channel.url);
  assert.deepEqual({ status: told.status, code: told.document.code }, { status: 3, code: 'not-held' }, told.stdout);
  await channel.accept('verify', 'channel', channel.url, '--subdir', 'noarch');
});

test('a mirror that holds the packages alone serves with trust metadata from elsewhere', async () => {
  await using origin = await StagedChannel.of(owner, { trust: 'nothing' });
  await using channel = await StagedChannel.of(owner, {
    trust: () => ['--metadata', origin.url, '--fingerprint', owner.rootFingerprint],
  });
  for (const name of await readdir(channel.folder)) {
    if (['tuf', 'cct'].includes(name)) await rm(join(channel.folder, name), { recursive: true });
  }
  await channel.accept('verify', 'channel', channel.url);
  await channel.accept('verify', 'package', `${channel.url}/noarch/gamma-3.0-0.conda`, '--channel', channel.url);
  assert.ok(channel.server.requests.every(({ path }) => !path.includes('/tuf/timestamp')));
});

test('a mirror that rewrites the index passes by a policy that asks for records alone, and says what that lacks', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const policy = await channel.policy(`channels:\n  - name: good\n    url: ${channel.url}\n    require: [record]\n`);
  const leave = ({ 'packages.conda': records, signatures }: EditableIndex) => {
    for (const map of [records, signatures]) delete map['beta-2.0-h2_0.conda'];
  };
  await editIndex(channel.folder, 'linux-64', leave);
  const code = ['hash-mismatch', 'length-mismatch'];
  await channel.refused({ status: 1, code }, 'verify', 'channel', channel.url);
  const { records, warnings, evidence } = await channel.accept('verify', 'channel', channel.url, ...policy);
  assert.deepEqual([records, evidence], [{ total: 3, signed: 3, refused: 0 }, 'record']);
  assert.match(String(warnings), /left out/);
  const file = `${channel.url}/linux-64/alpha-1.0-h1_0.conda`;
  const found = await channel.accept('verify', 'package', file, '--channel', channel.url, ...policy);
  assert.deepEqual(found.evidence, ['record']);

  await editIndex(channel.folder, 'linux-64', (index) => recordOf(index, 'alpha-1.0-h1_0.conda').depends.push('evil'));
  const refusal = { status: 1, code: 'bad-signature', names: /alpha/ } as const;
  await channel.refused(refusal, 'verify', 'channel', channel.url, ...policy);
  await channel.refused(refusal, 'verify', 'package', file, '--channel', channel.url, ...policy);
});
