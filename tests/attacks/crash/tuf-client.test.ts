/** The TUF client killed, on a full or read-only disk, and twice at once: each role old or new, and the next run works. */
import assert from 'node:assert/strict';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderContents, requireSoundMetadata, StagedRepository, seededSigner } from '@antivenom/testkit';
import { faultEnv } from './command.ts';

const FILES = ['root', 'timestamp', 'snapshot', 'targets', 'team'];

/** A client that has seen the first publication, and a second one with new keys of the timestamp. */
async function stage(): Promise<StagedRepository> {
  const staged = await StagedRepository.start((repository) => {
    repository.delegate('targets', 'team', ['*']).files.set('file', new TextEncoder().encode('old'));
  });
  await staged.accepted('download', 'file');
  await cp(staged.metadata, `${staged.metadata}-before`, { recursive: true });
  await cp(staged.targets, `${staged.targets}-before`, { recursive: true });
  staged.repository.targetsRole('team').files.set('file', new TextEncoder().encode('new'));
  staged.repository.timestamp.signers = [seededSigner('new timestamp')];
  await staged.publishNext('root', 'targets', 'team');
  return staged;
}

async function goBack(staged: StagedRepository): Promise<void> {
  for (const folder of [staged.metadata, staged.targets]) {
    await rm(folder, { recursive: true });
    await cp(`${folder}-before`, folder, { recursive: true });
  }
}

/** Each file is the old one or the new one, or not there; temporary ones may lie about until the next run. */
async function requireOldOrNew(staged: StagedRepository): Promise<void> {
  const { repository } = staged;
  const now = new Map<string, Uint8Array>([
    ['root', await repository.rootFile()],
    ['timestamp', await repository.timestampFile()],
    ['snapshot', await repository.snapshotFile()],
    ['targets', await repository.targetsFile()],
    ['team', await repository.targetsFile('team')],
  ]);
  for (const name of FILES) {
    const bytes = await readFile(join(staged.metadata, `${name}.json`)).catch(() => undefined);
    const old = await readFile(join(`${staged.metadata}-before`, `${name}.json`));
    const isGone = bytes === undefined && ['timestamp', 'snapshot'].includes(name);
    assert.ok(isGone || bytes?.equals(old) || bytes?.equals(now.get(name) ?? old), `${name} is old or new`);
  }
  assert.match((await staged.downloaded())['file'] ?? '', /^(old|new)$/);
}

for (const kind of ['kill', 'disk-full'] as const) {
  test(`a download meets ${kind === 'kill' ? 'kill -9' : 'a full disk'} at any write, and the next one comes to its end`, async () => {
    await using staged = await stage();
    const count = join(staged.targets, '..', 'steps');
    staged.env = faultEnv({ count });
    await staged.accepted('download', 'file');
    const steps = Number(await readFile(count, 'utf8'));
    assert.ok(steps > 15, `${steps} steps`);
    // A file takes three steps: every fifth meets each of them at one file or another.
    for (let at = kind === 'kill' ? 1 : 3; at <= steps; at += 5) {
      await goBack(staged);
      staged.env = faultEnv({ at, kind });
      const told = await staged.tell('download', 'file');
      if (kind === 'kill') assert.equal(told.status, null, `killed at ${at}: ${told.stderr}`);
      else if (told.status !== 0) await staged.requireRefusal(told, 'io');
      await requireOldOrNew(staged);
      staged.env = {};
      await staged.accepted('download', 'file');
      assert.deepEqual(await staged.downloaded(), { file: 'new' });
      await requireSoundMetadata(staged.metadata);
    }
  });
}

test('two at once go one after the other, and both succeed', async () => {
  await using staged = await stage();
  const told = await Promise.all(Array.from({ length: 4 }, () => staged.tell('download', 'file')));
  for (const { status, stderr } of told) assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.deepEqual(await staged.downloaded(), { file: 'new' });
  await requireSoundMetadata(staged.metadata);
});

test('a disk that is read-only is told, and stays as it is', async () => {
  await using staged = await stage();
  const before = await folderContents(staged.metadata);
  staged.env = faultEnv({ at: 1, kind: 'read-only' });
  assert.match(await staged.refused('io', 'refresh'), /read-only/);
  assert.deepEqual(await folderContents(staged.metadata), before);
  staged.env = {};
  await staged.accepted('refresh');
  staged.env = faultEnv({ at: 1, kind: 'read-only' });
  await staged.refused('io', 'download', 'file');
  assert.deepEqual(await staged.downloaded(), { file: 'old' });
});
