import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sha256Hex } from '@antivenom/node';
import { ContentFolder } from './content-folder.ts';

const BYTES = Buffer.from('the very bytes');
const SHA256 = sha256Hex(BYTES);
const EXPECTED = { where: 'a', sha256: SHA256, size: BYTES.length };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'antivenom-folder-'));
});
afterEach(() => rm(home, { recursive: true }));

test('notices other bytes of the same length and time, though it has hashed the file before', async () => {
  const folder = new ContentFolder(home);
  await folder.add(BYTES, EXPECTED);
  const place = folder.pathOf(SHA256);
  const { atime, mtime } = await stat(place);
  assert.deepEqual(Buffer.from((await folder.read(SHA256))!), BYTES);
  await writeFile(place, BYTES.toString().replace('very', 'evil'));
  await utimes(place, atime, mtime);
  assert.equal(await folder.read(SHA256), undefined);
  await assert.rejects(stat(place), { code: 'ENOENT' });
});

test('follows no link, opens nothing that is no file, and takes no other name for a hash', async () => {
  const folder = new ContentFolder(home);
  await folder.add(BYTES, EXPECTED);
  const other = join(home, 'elsewhere');
  await writeFile(other, BYTES);
  await rm(folder.pathOf(SHA256));
  await symlink(other, folder.pathOf(SHA256));
  assert.equal(await folder.read(SHA256), undefined);
  await stat(other);
  for (const name of ['../../../elsewhere', SHA256.toUpperCase(), SHA256.slice(1), '']) {
    await assert.rejects(folder.read(name), { code: 'malformed' });
  }
});

test('lists what is there, and nothing of other names', async () => {
  const folder = new ContentFolder(home);
  assert.deepEqual(await folder.names(), []);
  await folder.add(BYTES, EXPECTED);
  await writeFile(join(folder.pathOf(SHA256), '../README'), '');
  assert.deepEqual(await folder.names(), [SHA256]);
  assert.deepEqual(await readdir(folder.incoming), []);
});
