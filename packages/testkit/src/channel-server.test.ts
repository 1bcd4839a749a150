import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChannelServer } from './channel-server.ts';

test('serves a folder and nothing outside it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-server-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'a b.txt'), 'text');
  await using server = await ChannelServer.start(folder);
  const response = await fetch(`${server.url}/a%20b.txt?query`);
  assert.equal(response.headers.get('content-length'), '4');
  assert.equal(await response.text(), 'text');
  for (const path of ['/missing', '/', '/%2e%2e%2f..%2fetc%2fpasswd'])
    assert.equal((await fetch(server.url + path)).status, 404, path);
  assert.equal(server.requests[0]?.path, '/a%20b.txt?query');
});

test('answers as it was told, one answer after the other, and then the last for ever', async () => {
  await using server = await ChannelServer.start();
  server.answer('/x', { status: 503 }, { body: 'once' }, { body: 'whole', cutAt: 2 });
  assert.equal((await fetch(`${server.url}/x`)).status, 503);
  assert.equal(await (await fetch(`${server.url}/x`)).text(), 'once');
  for (let times = 0; times < 2; times++) {
    const cut = await fetch(`${server.url}/x`);
    assert.equal(cut.headers.get('content-length'), '5');
    await assert.rejects(cut.text());
  }
  server.answerAll((path) => ({ redirect: `${path}/there` }));
  const redirected = await fetch(`${server.url}/y`, { redirect: 'manual' });
  assert.equal(redirected.status, 302);
  assert.equal(redirected.headers.get('location'), '/y/there');
  server.answer('/z', { reset: true });
  await assert.rejects(fetch(`${server.url}/z`));
});
