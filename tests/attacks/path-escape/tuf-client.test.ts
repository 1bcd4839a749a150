import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { folderContents, StagedRepository } from '@antivenom/testkit';

const LEAVING = [
  '../evil',
  '/etc/evil',
  'a/../../evil',
  'a\\..\\evil',
  'C:evil',
  '..%2fevil',
  '%2e%2e/evil',
  'a//b',
  '.',
  'a/',
  'a\nb',
  '',
];

test('a target path that could lead out of its folder is refused, listed or not, and nothing is asked for or written', async () => {
  await using staged = await StagedRepository.start((repository) => {
    const entry = { length: 4, hashes: { sha256: '00'.repeat(32) } };
    const listed = LEAVING.map((path) => [path, entry]);
    repository.targetsRole('targets').forgery = (signed) =>
      signed.replace('"targets":{}', `"targets":${JSON.stringify(Object.fromEntries(listed))}`);
  });
  const place = dirname(staged.targets);
  await staged.accepted('refresh');
  const before = (await readdir(place)).sort();
  for (const path of LEAVING) {
    staged.asked();
    await staged.refused('unsafe-name', 'download', path);
    assert.deepEqual(
      staged.asked().filter((asked) => asked.includes('targets/')),
      [],
      path,
    );
  }
  assert.deepEqual((await readdir(place)).sort(), before);
  assert.deepEqual(await folderContents(staged.targets), new Map());
});

test('target names that hide, or are those of our own files, are files like others', async () => {
  const names = ['.@lock', '.hidden', 'a@b', '-x', 'con', 'file name'];
  await using staged = await StagedRepository.start((repository) => {
    for (const name of names) repository.targetsRole('targets').files.set(name, new TextEncoder().encode(name));
  });
  const { status, stderr } = await staged.run([
    ...['--metadata-dir', staged.metadata, '--metadata-url', `${staged.server.url}/metadata`],
    ...['--target-dir', staged.targets, '--target-base-url', `${staged.server.url}/targets`],
    ...names.map((name) => `--target-name=${name}`),
    'download',
  ]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.deepEqual(
    await staged.downloaded(),
    Object.fromEntries(names.map((name) => [encodeURIComponent(name), name])),
  );
});

test('a target path too long for a file name is refused', async () => {
  await using staged = await StagedRepository.start();
  await staged.refused('unsafe-name', 'download', 'a'.repeat(300));
});
