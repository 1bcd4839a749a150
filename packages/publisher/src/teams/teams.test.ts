import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { PublicKey } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import { type ChannelPackage, writeChannel } from '@antivenom/testkit';
import { indexTargets } from '../channel/index-targets.ts';
import { readOwnMetadata } from '../channel/own-metadata.ts';
import { factsOfTarget, readShardNames } from '../channel/published-targets.ts';
import { initChannel } from '../init.ts';
import type { AllKeysOptions, DelegateOptions, PublisherEnv } from '../operations.ts';
import { revokeKey } from '../revoke.ts';
import { rotateRole } from '../rotate.ts';
import { signChannel } from '../sign.ts';
import { channelStatus } from '../status.ts';
import { yankFile } from '../yank.ts';
import { delegateTeam, removeTeam } from './delegate.ts';
import { publishTeam } from './publish-team.ts';
import { type SignTeamOptions, signTeam } from './sign-team.ts';
import { makeTeamKeys, parsePublicKeys } from './team-folder.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const at = (day: number): PublisherEnv => {
  return { now: START + day * DAY, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
};
const COST = { n: 16, r: 1, p: 1 };
const FOO = 'linux-64/foo-1.0-0.conda';
const PACKAGES: ChannelPackage[] = [
  { name: 'foo', version: '1.0', build: '0', subdir: 'linux-64' },
  { name: 'bar', version: '2.0', build: '0', subdir: 'linux-64' },
];
const OTHER_FOO: ChannelPackage = { ...PACKAGES[0]!, license: 'other' };

let base: string;
let channel: string;
let options: AllKeysOptions;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'antivenom-teams-'));
  channel = join(base, 'channel');
  options = {
    keys: join(base, 'keys'),
    onlinePassphrase: async () => 'online',
    offlinePassphrase: async () => 'offline',
  };
  await write(channel, PACKAGES);
  await initChannel(channel, { ...options, scryptCost: COST, for: [] }, at(0));
  await signChannel(channel, options, at(0));
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function write(folder: string, packages: readonly ChannelPackage[]): Promise<void> {
  await writeChannel(folder, { seed: 1, subdirs: ['linux-64'], packages });
}

const folderOf = (team: string) => join(base, team);
const passphrase = async () => 'of the team';

async function keysOf(team: string, replace = false): Promise<PublicKey[]> {
  const making = { folder: folderOf(team), passphrase, count: 1, replace, scryptCost: COST };
  const { publicKeys, file } = await makeTeamKeys(team, making, at(1));
  assert.equal(readFileSync(file, 'utf8'), publicKeys.map((key) => `${key}\n`).join(''));
  return parsePublicKeys(readFileSync(file, 'utf8'), file);
}

async function sign(team: string, paths: readonly string[], more: Partial<SignTeamOptions> = {}, env = at(1)) {
  const packages = paths.map((path) => ({ path, file: join(channel, path) }));
  const signed = await signTeam(team, { folder: folderOf(team), passphrase, packages, ...more }, env);
  return { ...signed, bytes: await readFile(signed.file) };
}

function delegate(team: string, more: Partial<DelegateOptions> = {}, env = at(1)) {
  return delegateTeam(channel, team, { ...options, ...more }, env);
}

/** A team of one key for every foo, and what it signed. */
async function fooTeam() {
  const teamKeys = await keysOf('foo-team');
  const signed = await sign('foo-team', [FOO]);
  return {
    teamKeys,
    signed,
    result: await delegate('foo-team', { paths: ['*/foo-*'], teamKeys, signed: signed.bytes }),
  };
}

const own = (folder = channel) => readOwnMetadata(folder, options.keys);
const problems = async (day = 1) => (await channelStatus(channel, at(day))).problems.map(({ message }) => message);
const delegatedNames = async () => [...((await own()).targets.delegations?.named ?? [])].map(({ name }) => name);

test('a team stands before the online roles, terminating, and what it signed is a target under its hash', async () => {
  const { signed, result } = await fooTeam();
  assert.deepEqual(result.paths, ['*/foo-*.conda', '*/foo-*.tar.bz2']);
  assert.deepEqual([result.published, result.warnings], [true, []]);
  const { targets, delegated } = await own();
  const [first] = [...(targets.delegations?.named ?? [])];
  assert.deepEqual([first?.name, first?.terminating], ['foo-team', true]);
  const target = delegated.get('foo-team')?.targets.get(FOO);
  const bytes = await readFile(join(channel, FOO));
  assert.equal(target?.length, bytes.length);
  const place = join(channel, 'tuf/targets/linux-64', `${target?.hashes.get('sha256')}.foo-1.0-0.conda`);
  assert.deepEqual(await readFile(place), bytes);
  assert.deepEqual(await readFile(join(channel, `tuf/${signed.version}.foo-team.json`)), signed.bytes);
  assert.deepEqual(await problems(), []);
});

test('signing the channel and renewing its roles leave what the team signed as it is', async () => {
  const { signed } = await fooTeam();
  await write(channel, [...PACKAGES, { name: 'new', version: '1', build: '0', subdir: 'linux-64' }]);
  const later = await signChannel(channel, options, at(2));
  assert.deepEqual([later.published, later.warnings], [true, []]);
  await rotateRole(channel, 'targets', options, at(2));
  await rotateRole(channel, 'snapshot', options, at(2));
  assert.deepEqual((await own()).delegated.get('foo-team')?.version, signed.version);
  assert.deepEqual(await problems(2), []);
});

test('a team that signs more is published with the online keys alone', async () => {
  await fooTeam();
  await write(channel, [...PACKAGES, { name: 'foo', version: '2.0', build: '0', subdir: 'linux-64' }]);
  assert.match(
    (await signChannel(channel, options, at(2))).warnings[0]?.message ?? '',
    /foo-team has not signed .*: linux-64\/foo-2.0-0.conda$/,
  );
  const signed = await sign('foo-team', ['linux-64/foo-2.0-0.conda'], {}, at(2));
  assert.deepEqual([signed.version, signed.added, signed.listed], [2, ['linux-64/foo-2.0-0.conda'], 2]);
  await rm(join(options.keys, 'offline'), { recursive: true });
  const online = { keys: options.keys, onlinePassphrase: options.onlinePassphrase };
  const result = await publishTeam(channel, 'foo-team', signed.bytes, online, at(2));
  assert.deepEqual([result.published, result.renewed.includes('foo-team'), result.warnings], [true, true, []]);
  const again = await publishTeam(channel, 'foo-team', signed.bytes, online, at(2));
  assert.deepEqual([again.published, again.files], [false, []]);
  assert.deepEqual(await problems(2), []);
});

test('what is not the team’s newest word is not published', async () => {
  const { signed } = await fooTeam();
  const next = await sign('foo-team', [], { lifetimeDays: 3 });
  await assert.rejects(publishTeam(channel, 'foo-team', next.bytes, options, at(5)), { code: 'expired' });
  await publishTeam(channel, 'foo-team', next.bytes, options, at(2));
  await assert.rejects(publishTeam(channel, 'foo-team', signed.bytes, options, at(2)), { code: 'rollback' });
  const text = next.bytes.toString().replace('"version":2', '"version":3');
  await assert.rejects(publishTeam(channel, 'foo-team', Buffer.from(text), options, at(2)), { code: 'bad-signature' });
  await assert.rejects(publishTeam(channel, 'bar-team', next.bytes, options, at(2)), {
    code: 'usage',
    message: 'the channel has no team bar-team',
    hint: 'It has foo-team.',
  });
  assert.match((await problems(3)).join(), /foo-team expires in .*have the team sign anew/);
  assert.match((await problems(5)).join(), /foo-team expired on .*consumers refuse its files until/);
});

test('a file of the channel that is another than the team signed is not published for it', async () => {
  const teamKeys = await keysOf('foo-team');
  const { bytes } = await sign('foo-team', [FOO]);
  await write(channel, [OTHER_FOO]);
  await assert.rejects(delegate('foo-team', { paths: ['*/foo-*'], teamKeys, signed: bytes }), {
    code: 'hash-mismatch',
    message: `${FOO} is not the file that foo-team signed`,
  });
  assert.deepEqual(await delegatedNames(), ['yank', 'index']);
});

test('a file that the channel does not hold is told of, and no hindrance', async () => {
  const teamKeys = await keysOf('foo-team');
  const { bytes } = await sign('foo-team', [FOO]);
  await rm(join(channel, FOO));
  const { warnings } = await delegate('foo-team', { paths: ['*/foo-*'], teamKeys, signed: bytes });
  assert.deepEqual(
    warnings.map(({ kind }) => kind),
    ['missing'],
  );
});

test('a team that has signed nothing yet is named by status, with what consumers refuse', async () => {
  const { warnings } = await delegate('foo-team', { paths: ['*/foo-*'], teamKeys: await keysOf('foo-team') });
  assert.match(
    warnings[0]?.message ?? '',
    /^foo-team has not signed what the index lists of its files, .*: linux-64\/foo-1.0-0.conda$/,
  );
  const told = (await problems()).join('\n');
  assert.match(told, /foo-team has signed nothing with the keys/);
  const { bytes } = await sign('foo-team', [FOO]);
  await publishTeam(channel, 'foo-team', bytes, options, at(1));
  assert.deepEqual(await problems(), []);
});

test('new keys of a team take effect with what they signed, and the old ones sign no more', async () => {
  const { signed } = await fooTeam();
  const [old] = (await own()).delegated.keys();
  assert.equal(old, 'foo-team');
  await cp(folderOf('foo-team'), join(base, 'thief'), { recursive: true });
  const teamKeys = await keysOf('foo-team', true);
  assert.deepEqual((await readdir(join(folderOf('foo-team'), 'keys/retired'))).length, 1);
  const next = await sign('foo-team', []);
  assert.equal(next.version, signed.version + 1);
  await assert.rejects(publishTeam(channel, 'foo-team', next.bytes, options, at(2)), { code: 'threshold-not-met' });
  const result = await delegate('foo-team', { teamKeys, signed: next.bytes }, at(2));
  assert.deepEqual(result.paths, ['*/foo-*.conda', '*/foo-*.tar.bz2']);
  assert.deepEqual(await problems(2), []);
  const stolen = await signTeam('foo-team', { folder: join(base, 'thief'), passphrase, packages: [] }, at(2));
  const again = await signTeam('foo-team', { folder: join(base, 'thief'), passphrase, packages: [] }, at(2));
  assert.deepEqual([stolen.version, again.version], [2, 3]);
  await assert.rejects(publishTeam(channel, 'foo-team', await readFile(again.file), options, at(2)), {
    code: 'threshold-not-met',
  });
});

test('a stolen key is taken from a team at once, before it has signed with another', async () => {
  await fooTeam();
  const teamKeys = await keysOf('foo-team', true);
  await delegate('foo-team', { teamKeys }, at(2));
  assert.match((await problems(2)).join('\n'), /foo-team has signed nothing with the keys/);
  await signChannel(channel, options, at(3));
  const { bytes } = await sign('foo-team', [], {}, at(3));
  await publishTeam(channel, 'foo-team', bytes, options, at(3));
  assert.deepEqual(await problems(3), []);
});

test('rotate and revoke leave the keys of teams to the teams', async () => {
  const { teamKeys } = await fooTeam();
  const expected = { code: 'usage', message: 'foo-team is a team, whose keys are its own' };
  await assert.rejects(rotateRole(channel, 'foo-team', options, at(2)), expected);
  const key = Buffer.from(teamKeys[0]!.bytes).toString('hex');
  await assert.rejects(revokeKey(channel, { ...options, key }, at(2)), expected);
});

test('a team that is removed leaves its files to the index, and comes back with no older word than its last', async () => {
  const { teamKeys, signed } = await fooTeam();
  const last = await sign('foo-team', []);
  await publishTeam(channel, 'foo-team', last.bytes, options, at(2));
  await removeTeam(channel, 'foo-team', options, at(2));
  assert.deepEqual(await delegatedNames(), ['yank', 'index']);
  assert.deepEqual(await problems(2), []);
  await assert.rejects(removeTeam(channel, 'foo-team', options, at(2)), { code: 'usage', hint: /It has none yet/ });
  const again = { paths: ['*/foo-*'], teamKeys };
  await assert.rejects(delegate('foo-team', { ...again, signed: signed.bytes }, at(2)), { code: 'rollback' });
  await delegate('foo-team', { ...again, signed: last.bytes }, at(2));
  assert.deepEqual(await problems(2), []);
});

test('an owner names other files of a team without a word of it, and may hand in once more what is published', async () => {
  const { signed } = await fooTeam();
  const { paths, warnings } = await delegate('foo-team', { paths: ['linux-64/*'], signed: signed.bytes }, at(2));
  assert.deepEqual(paths, ['linux-64/*.conda', 'linux-64/*.tar.bz2']);
  assert.match(warnings.at(-1)?.message ?? '', /foo-team has not signed .*: linux-64\/bar-2.0-0.conda$/);
  assert.equal((await own()).delegated.get('foo-team')?.version, 1);
});

test('refuses names, patterns, keys and thresholds that cannot be', async () => {
  const teamKeys = await keysOf('foo-team');
  const paths = ['*/foo-*'];
  for (const name of ['index', 'yank', 'bins', 'bin-3f', 'targets', 'pkg_mgr', 'Foo', 'a/b', '..', '', 'a.root']) {
    await assert.rejects(
      delegate(name, { paths, teamKeys }),
      { code: 'usage', message: /^no team can be called / },
      name,
    );
  }
  for (const pattern of [
    'foo-*',
    '*',
    'linux-64/foo.conda',
    '*/repodata.json',
    'a/b/c-1-0.conda',
    '*/Foo-1-0.conda',
    '',
  ]) {
    await assert.rejects(
      delegate('foo-team', { paths: [pattern], teamKeys }),
      { code: 'usage', message: /names no package file/ },
      pattern,
    );
  }
  await assert.rejects(delegate('foo-team', { paths }), { code: 'usage', message: /which keys it signs with/ });
  await assert.rejects(delegate('foo-team', { teamKeys }), { code: 'usage', message: /which files are its own/ });
  await assert.rejects(delegate('foo-team', { paths, teamKeys, threshold: 2 }), {
    message: /has 1 keys, and 2 must sign/,
  });
  const { targets } = await own();
  const [indexId = ''] = targets.delegations?.role('index')?.keyIds ?? [];
  const indexKey = targets.delegations?.keys.get(indexId);
  assert.ok(indexKey?.publicKey);
  await assert.rejects(delegate('foo-team', { paths, teamKeys: [indexKey.publicKey] }), {
    message: /signs index, and cannot be/,
  });
  assert.deepEqual(await delegatedNames(), ['yank', 'index']);
});

test('says which of two teams has the files that both name', async () => {
  await fooTeam();
  const { warnings } = await delegate('all', { paths: ['linux-64/*'], teamKeys: await keysOf('all') });
  assert.match(
    warnings.find(({ kind }) => kind === 'overlap')?.message ?? '',
    /^linux-64\/\*\.conda of all and \*\/foo-\*\.conda of foo-team name some of the same files, and those are foo-team's$/,
  );
});

test('a team signs no other bytes under a name than before, unless it says so', async () => {
  await fooTeam();
  await write(channel, [OTHER_FOO]);
  await assert.rejects(sign('foo-team', [FOO]), {
    code: 'usage',
    message: `${FOO} had other bytes when it was signed`,
  });
  const { replaced } = await sign('foo-team', [FOO], { replace: true });
  assert.deepEqual(replaced, [FOO]);
  const { removed, listed } = await sign('foo-team', [], { remove: ['linux-64/*'] });
  assert.deepEqual([removed, listed], [[FOO], 0]);
});

test('keys are made once, and the last word of another is not gone on from', async () => {
  await keysOf('foo-team');
  await assert.rejects(keysOf('foo-team'), { code: 'usage', message: /has keys already/ });
  const { file } = await sign('foo-team', [FOO]);
  await keysOf('other');
  await writeFile(join(folderOf('other'), 'other.json'), await readFile(file));
  await assert.rejects(sign('other', []), { code: 'store-corrupt', message: /other.json is not what other signed/ });
  assert.equal(basename(dirname(file)), 'foo-team');
  assert.throws(() => parsePublicKeys('abc', 'x.pub'), { code: 'usage', message: 'x.pub holds no public key' });
});

test('what a team’s earlier versions listed goes with the last publication that names them', async () => {
  await fooTeam();
  await write(channel, [{ name: 'foo', version: '2.0', build: '0', subdir: 'linux-64' }]);
  const second = await sign('foo-team', ['linux-64/foo-2.0-0.conda'], { remove: ['*/foo-1.0-*'] }, at(2));
  await publishTeam(channel, 'foo-team', second.bytes, options, at(2));
  const kept = async () => (await readdir(join(channel, 'tuf/targets/linux-64'))).filter((name) => /foo-/.test(name));
  assert.equal((await kept()).length, 2);
  for (const day of [4, 6, 8]) {
    await write(channel, [
      { name: 'foo', version: '2.0', build: '0', subdir: 'linux-64' },
      { name: 'bar', version: `${day}`, build: '0', subdir: 'linux-64' },
    ]);
    await signChannel(channel, { ...options, keep: { versions: 2 } }, at(day));
  }
  assert.deepEqual(
    (await kept()).map((name) => name.slice(65)),
    ['foo-2.0-0.conda'],
  );
});

async function subdirTeam() {
  const teamKeys = await keysOf('linux-team');
  const indexes = [{ subdir: 'linux-64', folder: join(channel, 'linux-64') }];
  const signed = await sign('linux-team', [], { indexes });
  return { teamKeys, signed, indexes };
}

for (const [where, published] of [
  ['in place', 'channel'],
  ['apart', 'published'],
] as const) {
  test(`a team signs the indexes of its subdir, which signing the channel leaves alone: ${where}`, async () => {
    const out = join(base, published);
    await writeChannel(channel, { seed: 1, subdirs: ['linux-64', 'noarch'], packages: 2, forms: { shards: true } });
    await signChannel(channel, { ...options, out }, at(1));
    const { teamKeys, signed, indexes } = await subdirTeam();
    await assert.rejects(delegate('linux-team', { subdirs: ['linux-64'], teamKeys }), {
      code: 'usage',
      message: /has signed no repodata.json of linux-64/,
    });
    await delegate('linux-team', { subdirs: ['linux-64'], teamKeys, signed: signed.bytes });
    assert.deepEqual(await problems(), []);

    await writeChannel(channel, { seed: 2, subdirs: ['linux-64', 'noarch'], packages: 3, forms: { shards: true } });
    await signChannel(channel, options, at(2));
    assert.ok(![...(await own(out)).index.targets.keys()].some((path) => path.startsWith('linux-64/')));
    await assert.rejects(signChannel(channel, { ...options, subdirs: ['linux-64'] }, at(2)), {
      message: "linux-64 is linux-team's, who signs its indexes",
    });
    const next = await sign('linux-team', [], { indexes }, at(2));
    await publishTeam(channel, 'linux-team', next.bytes, options, at(2));
    assert.deepEqual(await problems(2), []);
    const now = await own(out);
    const index = 'linux-64/repodata.json';
    assert.deepEqual(await readFile(join(out, index)), await readFile(join(channel, index)));
    const shards = indexTargets(now).get('linux-64/repodata_shards.msgpack.zst') ?? assert.fail('the team has shards');
    const packages = (await readdir(join(channel, 'linux-64'))).filter((name) => name.endsWith('.conda'));
    const names = await readdir(join(out, 'linux-64'));
    for (const name of [...packages, ...(await readShardNames(out, factsOfTarget(shards)))]) {
      assert.ok(names.includes(name), name);
    }
  });
}

test('an index that is not what the team signed is not published for it', async () => {
  await write(channel, [OTHER_FOO]);
  const { teamKeys, signed } = await subdirTeam();
  await write(channel, []);
  await assert.rejects(delegate('linux-team', { subdirs: ['linux-64'], teamKeys, signed: signed.bytes }), {
    code: 'hash-mismatch',
    message: 'linux-64/repodata.json is not the file that linux-team signed',
  });
  await rm(join(channel, 'linux-64/repodata.json'));
  await assert.rejects(delegate('linux-team', { subdirs: ['linux-64'], teamKeys, signed: signed.bytes }), {
    code: 'missing',
  });
});

test('a file in the subdir of a team is yanked by the channel, and its owner told who has to sign the index', async () => {
  const { teamKeys, signed } = await subdirTeam();
  await delegate('linux-team', { subdirs: ['linux-64'], teamKeys, signed: signed.bytes });
  const { yanked, warnings } = await yankFile(channel, FOO, { ...options, reason: 'it harms' }, at(1));
  assert.equal(`${yanked[0]?.subdir}/${yanked[0]?.file}`, FOO);
  assert.match(
    warnings.map(({ message }) => message).join(),
    /linux-64 is linux-team's, whose index lists foo-1\.0-0\.conda still/,
  );
  const { yanks } = await channelStatus(channel, at(1));
  assert.equal(yanks.files.length, 1);
  await removeTeam(channel, 'linux-team', options, at(1));
  assert.equal((await channelStatus(channel, at(1))).yanks.files[0]?.offline, true);
});
