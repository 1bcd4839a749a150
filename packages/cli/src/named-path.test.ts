import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { channelFolder, channelUrl } from './channel-argument.ts';
import { existingFile, existingFolder } from './named-path.ts';

test('a mistyped path gets the name beside it, and a folder is no file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'key_mgr.json'), '');
  assert.equal(await existingFile('key_mgr.json', folder), join(folder, 'key_mgr.json'));
  await assert.rejects(existingFile('key_mrg.json', folder), { code: 'usage', hint: 'Did you mean key_mgr.json?' });
  await assert.rejects(existingFile('./zzz', folder), { code: 'usage', hint: /^Check how it is written/ });
  await assert.rejects(existingFile('.', folder), { code: 'usage' });
  await assert.rejects(existingFolder('', folder), { code: 'usage' });
  await assert.rejects(existingFolder('key_mgr.json', folder), { code: 'usage' });
  await assert.rejects(existingFolder('no/where/at/all', folder), { code: 'usage' });
});

test('a channel is a folder or an http, https or file URL', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-'));
  t.after(() => rm(folder, { recursive: true }));
  const url = pathToFileURL(folder).href;
  assert.equal(await channelUrl('.', folder), url);
  assert.equal(await channelUrl('https://a.example/x', folder), 'https://a.example/x');
  assert.equal(await channelFolder(url, '/'), folder);
  await assert.rejects(channelUrl('ftp://a.example/x', folder), { code: 'usage' });
  for (const typed of ['a.example/x', 'localhost:8000/x', 'localhost', '127.0.0.1:8000', 'host:80/x']) {
    await assert.rejects(channelUrl(typed, folder), { message: `${typed} is not there`, hint: /with its scheme/ });
  }
  await assert.rejects(channelFolder('https://a.example/x', folder), { code: 'usage' });
  await assert.rejects(channelUrl('https://u:s3cret@a.example/t/s3cret/x?s3cret', folder), (error: Error) => {
    return !error.message.includes('s3cret');
  });
});
