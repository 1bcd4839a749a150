/** Redirects: followed within rules, and refused out of them. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ChannelOwner, ChannelServer, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const FILES = ['tuf/timestamp.json', 'noarch/repodata.json', 'noarch/gamma-3.0-0.conda'] as const;

async function ask(channel: StagedChannel, file: string) {
  return file.endsWith('.conda') ? channel.verifyPackage(file) : channel.verify();
}

test('refuses a redirect to another scheme, to where nothing can be, or without end', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const before = await channel.store();
  for (const file of FILES) {
    const places = [
      pathToFileURL(join(owner.folder, file)).href,
      'ftp://127.0.0.1/good',
      'data:application/json,{}',
      'javascript:alert(1)',
      'gopher://127.0.0.1/1',
      `${channel.url}/${file}`,
      'http://[',
    ];
    for (const redirect of places) {
      channel.answer(file, { redirect });
      const { status, document } = await ask(channel, file);
      const shown = `${file} to ${redirect}: ${JSON.stringify(document)}`;
      assert.deepEqual({ status, code: document.code }, { status: 1, code: 'redirect-refused' }, shown);
      assert.ok(document.hint, shown);
    }
    channel.answer(file, undefined);
  }
  assert.deepEqual(await channel.store(), before);
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses a chain of redirects that does not come to an end', async () => {
  await using channel = await StagedChannel.of(owner);
  channel.server.answerAll((path) => {
    const [, hop] = /\/hop\/(\d+)$/.exec(path) ?? [];
    return hop === undefined ? undefined : { redirect: `/hop/${Number(hop) + 1}` };
  });
  channel.answer('tuf/timestamp.json', { redirect: '/hop/1' });
  const { status, document } = await channel.verify();
  assert.deepEqual({ status, code: document.code }, { status: 1, code: 'redirect-refused' }, JSON.stringify(document));
  assert.ok(channel.server.requests.length < 100);
});

test('follows a redirect on the same server, and to another one that serves the same bytes', async () => {
  await using channel = await StagedChannel.of(owner);
  const other = await ChannelServer.start(owner.folder);
  try {
    for (const file of FILES) channel.answer(file, { redirect: `${other.url}/${file}` });
    await channel.accept('verify', 'channel', channel.url);
    await channel.accept('verify', 'package', `${channel.url}/${FILES[2]}`, '--channel', channel.url);
    channel.server.answerAll((path) => {
      const [, file] = /^\/elsewhere\/(.*)$/.exec(path) ?? [];
      return file === undefined ? undefined : { redirect: `${other.url}/${file}`, status: 308 };
    });
    for (const file of FILES) channel.answer(file, { redirect: `../../elsewhere/${file}`, status: 307 });
    await channel.accept('verify', 'channel', channel.url);
  } finally {
    await other.close();
  }
});

test('a redirect takes nothing from the check of the bytes behind it', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  channel.answer('evil', { body: 'evil', status: 200 });
  for (const file of FILES.slice(1)) {
    channel.answer(file, { redirect: `${channel.url}/evil` });
    const { status, document } = await ask(channel, file);
    assert.equal(status, 1, JSON.stringify(document));
    assert.ok(['hash-mismatch', 'length-mismatch'].includes(document.code), JSON.stringify(document));
    channel.answer(file, undefined);
  }
});

test('a redirect to a port where nobody listens leaves it open', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  await using channel = await StagedChannel.of(owner);
  channel.answer('tuf/timestamp.json', { redirect: `http://127.0.0.1:${port}/timestamp.json` });
  const { status, document } = await channel.verify();
  assert.deepEqual({ status, code: document.code }, { status: 3, code: 'unreachable' }, JSON.stringify(document));
});
