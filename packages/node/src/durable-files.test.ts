import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  copyFileAtomic,
  linkFileAtomic,
  linkFilesAtomic,
  makeFolder,
  moveFilesAtomic,
  readFileIfThere,
  removeLeftovers,
  writeFileAtomic,
  writeFilesAtomic,
} from './durable-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antivenom-durable-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('writes and replaces a file, and leaves nothing beside it', async () => {
  const path = join(folder, 'a.json');
  await writeFileAtomic(path, Buffer.from('old'));
  await writeFileAtomic(path, Buffer.from('new'), { mode: 0o600 });
  assert.equal(await readFile(path, 'utf8'), 'new');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ['a.json']);
});

test('a write that fails leaves the old file and nothing beside it', async () => {
  const path = join(folder, 'a');
  await makeFolder(join(path, 'in-the-way'));
  await assert.rejects(writeFileAtomic(path, Buffer.from('new')));
  assert.deepEqual(await readdir(folder), ['a']);
});

test('a copy is apart from its source', async () => {
  const source = join(folder, 'source');
  await writeFile(source, 'old');
  await copyFileAtomic(source, join(folder, 'copy'));
  await writeFile(source, 'new');
  assert.equal(await readFile(join(folder, 'copy'), 'utf8'), 'old');
});

test('links a file over another, and moves one', async () => {
  const source = join(folder, 'source');
  await writeFile(source, 'package');
  await writeFile(join(folder, 'link'), 'older');
  await linkFileAtomic(source, join(folder, 'link'));
  assert.equal(await readFile(join(folder, 'link'), 'utf8'), 'package');
  await moveFilesAtomic([[source, join(folder, 'moved')]]);
  assert.deepEqual((await readdir(folder)).sort(), ['link', 'moved']);
});

test('moves many files, over older ones too, and says when one cannot be moved', async () => {
  const moves = await Promise.all(
    Array.from({ length: 40 }, async (_, at): Promise<[string, string]> => {
      await writeFile(join(folder, `from-${at}`), `new ${at}`);
      return [join(folder, `from-${at}`), join(folder, `to-${at}`)];
    }),
  );
  await writeFile(join(folder, 'to-7'), 'old');
  await moveFilesAtomic(moves);
  assert.equal((await readdir(folder)).length, 40);
  assert.equal(await readFile(join(folder, 'to-7'), 'utf8'), 'new 7');
  await assert.rejects(moveFilesAtomic(moves), { code: 'ENOENT' });
});

test('takes away what a killed run left, and nothing else', async () => {
  await writeFile(join(folder, '.a.json.0123456789ab.antivenom-tmp'), 'half');
  await writeFile(join(folder, '.hidden'), '');
  await removeLeftovers(folder);
  assert.deepEqual(await readdir(folder), ['.hidden']);
});

test('a file that is not there is undefined, a folder in its place is an error', async () => {
  assert.equal(await readFileIfThere(join(folder, 'no')), undefined);
  assert.equal(await readFileIfThere(join(folder, 'no', 'no')), undefined);
  await assert.rejects(readFileIfThere(folder), { code: 'EISDIR', path: folder });
});

test('many files are written as they come, and leave nothing beside them', async () => {
  const names = Array.from({ length: 50 }, (_, at) => `${at}.json`);
  await writeFile(join(folder, '7.json'), 'old');
  await writeFilesAtomic(
    (async function* () {
      for (const name of names) yield { path: join(folder, name), bytes: Buffer.from(`new ${name}`) };
    })(),
  );
  assert.deepEqual((await readdir(folder)).sort(), names.sort());
  for (const name of names) assert.equal(await readFile(join(folder, name), 'utf8'), `new ${name}`);
});

test('an error among many files is told, and those that are written are whole', async () => {
  const files = (async function* () {
    yield { path: join(folder, 'a'), bytes: Buffer.from('whole') };
    throw new Error('no more');
  })();
  await assert.rejects(writeFilesAtomic(files), /no more/);
  assert.deepEqual(await readdir(folder), ['a']);
  assert.equal(await readFile(join(folder, 'a'), 'utf8'), 'whole');
});

test('many links hold what their sources hold, also a second time', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `${at}`);
  await makeFolder(join(folder, 'places'));
  for (const name of names) await writeFile(join(folder, name), `content ${name}`);
  const links = async function* () {
    for (const name of names) yield [join(folder, name), join(folder, 'places', name)] as const;
  };
  await linkFilesAtomic(links());
  await linkFilesAtomic(links());
  for (const name of names) assert.equal(await readFile(join(folder, 'places', name), 'utf8'), `content ${name}`);
  assert.deepEqual((await readdir(join(folder, 'places'))).sort(), names.sort());
});
