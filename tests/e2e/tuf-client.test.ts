/** `antivenom-tuf` on repositories that are as they should be. */
import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StagedRepository, type TufRepository } from '@antivenom/testkit';

const TOP = ['root', 'timestamp', 'snapshot', 'targets'] as const;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function requireVerbatim(staged: StagedRepository): Promise<void> {
  const { repository } = staged;
  const files = {
    root: await repository.rootFile(),
    timestamp: await repository.timestampFile(),
    snapshot: await repository.snapshotFile(),
    targets: await repository.targetsFile(),
  };
  for (const role of TOP) {
    assert.deepEqual(await readFile(join(staged.metadata, `${role}.json`)), Buffer.from(files[role]), role);
  }
}

test('init asks nobody, and refresh asks for the next root, the timestamp, and what these name', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.snapshot.version = 3;
    repository.targetsRole('targets').version = 5;
  });
  assert.deepEqual(staged.asked(), []);
  await staged.accepted('refresh');
  assert.deepEqual(staged.asked(), ['2.root.json', 'timestamp.json', '3.snapshot.json', '5.targets.json']);
  await requireVerbatim(staged);
});

test('what is kept and still in force is not downloaded again, and what has changed is', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  staged.asked();
  await staged.accepted('refresh');
  assert.deepEqual(staged.asked(), ['2.root.json', 'timestamp.json']);
  await staged.publishNext();
  await staged.accepted('refresh');
  assert.deepEqual(staged.asked(), ['2.root.json', 'timestamp.json', '2.snapshot.json']);
  await staged.publishNext('root', 'targets');
  await staged.accepted('refresh');
  assert.deepEqual(staged.asked(), [
    ...['2.root.json', '3.root.json', 'timestamp.json'],
    ...['3.snapshot.json', '2.targets.json'],
  ]);
  await requireVerbatim(staged);
});

test('metadata is stored byte for byte, in whatever form it is written', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
  });
  const spaced = `${JSON.stringify(JSON.parse(Buffer.from(await staged.repository.timestampFile()).toString()), null, 3)} \n`;
  staged.serve('timestamp.json', spaced);
  await staged.accepted('refresh');
  assert.equal(await readFile(join(staged.metadata, 'timestamp.json'), 'utf8'), spaced);
});

test('names have no version in a repository without consistent snapshots', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.consistentSnapshot = false;
    repository.targetsRole('targets').files.set('a/file', bytes('one'));
  });
  await staged.accepted('download', 'a/file');
  assert.deepEqual(staged.asked(), [
    ...['2.root.json', 'timestamp.json', 'snapshot.json', 'targets.json'],
    '/targets/a/file',
  ]);
  staged.repository.targetsRole('targets').files.set('a/file', bytes('two'));
  await staged.publishNext('targets');
  await staged.accepted('download', 'a/file');
  assert.deepEqual(await staged.downloaded(), { 'a%2Ffile': 'two' });
});

test('lengths and hashes of metadata may be left out', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
  });
  await staged.accepted('refresh');
  await staged.publishNext('targets');
  await staged.accepted('refresh');
  assert.deepEqual(await staged.versions(), { root: 1, snapshot: 2, targets: 2, timestamp: 2 });
});

test('members that the specification does not know are signed with the rest, and mean nothing', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  const { root } = staged.repository;
  root.forgery = (signed) =>
    signed
      .replace('{"_type"', '{"custom-field":{"a":[1,null]},"_type"')
      .replaceAll('"keytype":"ed25519"', '"keytype":"ed25519","keyid_hash_algorithms":["md5"]')
      .replaceAll('"threshold"', '"another":"value","threshold"');
  await staged.publishNext('root');
  await staged.accepted('refresh');
  assert.equal((await staged.versions())['root'], 2);
  await requireVerbatim(staged);
});

test('a timestamp of the version that is kept is not looked into further', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  staged.asked();
  staged.repository.snapshot.version = 100;
  await staged.publish();
  await staged.accepted('refresh');
  assert.deepEqual(staged.asked(), ['2.root.json', 'timestamp.json']);
  assert.equal((await staged.versions())['snapshot'], 1);
});

test('download brings the metadata up to date first, and goes through targets in their order to the first that fails', async () => {
  await using staged = await StagedRepository.start(({ targetsRole }) => void targetsRole);
  const { files } = staged.repository.targetsRole('targets');
  files.set('one', bytes('1')).set('deep/er/two', bytes('2')).set('three', bytes('3'));
  await staged.publishNext('targets');
  const message = await staged.refused('not-listed', 'download', 'one', 'deep/er/two', 'nowhere', 'three');
  assert.match(message, /"nowhere"/);
  assert.deepEqual(await staged.downloaded(), { one: '1', 'deep%2Fer%2Ftwo': '2' });
  await requireVerbatim(staged);
});

test('a target that is there is not downloaded again, and another one in its place is replaced', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.targetsRole('targets').files.set('file', bytes('first'));
  });
  const file = join(staged.targets, 'file');
  const targetsAsked = () => staged.asked().filter((path) => path.startsWith('/targets/')).length;
  await staged.accepted('download', 'file');
  assert.equal(targetsAsked(), 1);
  const { ino } = await stat(file);
  await staged.accepted('download', 'file');
  assert.equal(targetsAsked(), 0);
  assert.equal((await stat(file)).ino, ino, 'it is the same file');
  for (const other of ['other', 'longer than it was', '']) {
    await writeFile(file, other);
    await staged.accepted('download', 'file');
    assert.equal(targetsAsked(), 1);
  }
  for (const version of [2, 3, 4]) {
    staged.repository.targetsRole('targets').files.set('file', bytes(`version ${version}`));
    await staged.publishNext('targets');
    await staged.accepted('download', 'file');
    assert.deepEqual(await staged.downloaded(), { file: `version ${version}` });
  }
});

test('targets are checked by each hash that is known, and asked for by the first', async () => {
  for (const algorithms of [['sha256'], ['sha512'], ['sha512', 'sha256']] as const) {
    await using staged = await StagedRepository.start((repository) => {
      const targets = repository.targetsRole('targets');
      targets.hashAlgorithms = [...algorithms];
      targets.files.set('file', bytes('content'));
      targets.forgery = (signed) => signed.replace('"hashes":{', '"hashes":{"blake9":"00ff",');
    });
    await staged.accepted('download', 'file');
    assert.deepEqual(await staged.downloaded(), { file: 'content' });
    const length = algorithms[0] === 'sha256' ? 64 : 128;
    assert.match(staged.asked().at(-1) ?? '', new RegExp(`^/targets/[0-9a-f]{${length}}\\.file$`));
  }
});

test('a mirror serves what the one before it lacks or gets wrong', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.targetsRole('targets').files.set('file', bytes('content'));
  });
  const argv = [
    ...['--metadata-dir', staged.metadata, '--metadata-url', `${staged.server.url}/metadata`],
    ...['--target-dir', staged.targets, '--target-name', 'file', 'download'],
  ];
  const mirror = (name: string) => ['--target-base-url', `${staged.server.url}/${name}`];
  const { status, stdout } = await staged.run([...argv, ...mirror('empty'), ...mirror('targets/')]);
  assert.deepEqual({ status, stdout }, { status: 0, stdout: `${join(staged.targets, 'file')}\n` });
  await rm(join(staged.targets, 'file'));
  await staged.requireRefusal(await staged.run([...argv, ...mirror('empty'), ...mirror('void')]), 'missing');
  assert.deepEqual(await staged.downloaded(), {});
});

test('a new root may be given, and what is kept is held against it', async () => {
  await using staged = await StagedRepository.start();
  await staged.accepted('refresh');
  await using other = await StagedRepository.start((repository: TufRepository) => {
    for (const role of TOP) repository.role(role).signers = repository.role('root').signers;
  });
  await staged.accepted('init', join(other.metadata, 'root.json'));
  await staged.refused(['threshold-not-met', 'bad-signature'], 'refresh');
  await other.accepted('refresh');
});

test('every mistake in the arguments ends with 1 and the way to the help', async () => {
  await using staged = await StagedRepository.start();
  const dir = ['--metadata-dir', staged.metadata];
  const url = ['--metadata-url', staged.server.url];
  for (const argv of [
    [],
    ['refresh'],
    [...dir, 'refresh'],
    [...dir, ...url],
    [...dir, ...url, 'update'],
    [...dir, ...url, 'refresh', 'more'],
    [...dir, ...url, 'refresh', '--colour'],
    [...dir, ...url, 'refresh', '--max-time', '0'],
    [...dir, ...url, 'download'],
    [...dir, 'init'],
    [...dir, '--metadata-url', 'ftp://example.org', 'refresh'],
  ]) {
    await staged.requireRefusal(await staged.run(argv), 'usage');
  }
  await staged.requireRefusal(await staged.run([...dir, 'init', 'nowhere.json']), 'io');
  const help = await staged.run(['--help']);
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^Usage:\n {2}antivenom-tuf /);
});
