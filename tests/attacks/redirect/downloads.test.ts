import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelServer, selfSignedCertificate } from '@antivenom/testkit';
import { Downloads } from '../downloads.ts';

const REFUSED = { code: 'redirect-refused', exitStatus: 1 };

describe('redirect in downloads', () => {
  test('follows a redirect within a server and to another one, whatever its status', async () => {
    await using server = await ChannelServer.start();
    await using other = await ChannelServer.start();
    server.answer('/folder/good', { body: 'good' });
    other.answer('/good', { body: 'good' });
    for (const status of [301, 302, 303, 307, 308]) {
      for (const redirect of ['/folder/good', 'good', '../folder/good', `${other.url}/good`]) {
        server.answer('/folder/x', { status, redirect });
        assert.equal(await new Downloads().text(`${server.url}/folder/x`), 'good', redirect);
      }
    }
  });

  test('follows five and refuses the sixth', async () => {
    await using server = await ChannelServer.start();
    for (let hop = 0; hop < 6; hop++) server.answer(`/${hop}`, { redirect: `/${hop + 1}` });
    server.answer('/6', { body: 'good' });
    assert.equal(await new Downloads().text(`${server.url}/1`), 'good');
    await assert.rejects(new Downloads().text(`${server.url}/0`), REFUSED);
    await assert.rejects(new Downloads().streamed(`${server.url}/0`), REFUSED);
  });

  test('refuses a circle before it is walked twice', async () => {
    await using server = await ChannelServer.start();
    server.answer('/self', { redirect: '/self#again' });
    server.answer('/a', { redirect: '/b' });
    server.answer('/b', { redirect: '/a' });
    await assert.rejects(new Downloads().text(`${server.url}/self`), REFUSED);
    assert.equal(server.requests.length, 1);
    await assert.rejects(new Downloads().text(`${server.url}/a`), REFUSED);
    assert.equal(server.requests.length, 3);
  });

  test('leaves TLS for nothing, and takes it up where it is offered', async () => {
    const tls = selfSignedCertificate('127.0.0.1');
    await using secure = await ChannelServer.start(undefined, { tls });
    await using plain = await ChannelServer.start();
    for (const server of [secure, plain]) server.answer('/good', { body: 'good' });
    secure.answer('/x', { redirect: `${plain.url}/good` });
    plain.answer('/x', { redirect: `${secure.url}/good` });
    const downloads = new Downloads({ authorities: [tls.certificate] });
    await assert.rejects(downloads.text(`${secure.url}/x`), REFUSED);
    assert.equal(plain.requests.length, 0);
    assert.equal(await downloads.text(`${plain.url}/x`), 'good');
  });

  test('refuses other schemes and addresses that are none', async () => {
    await using server = await ChannelServer.start();
    for (const redirect of [
      'file:///etc/passwd',
      'ftp://a.test/x',
      'data:,good',
      'gopher://a.test/',
      'http://',
      'http://[',
    ]) {
      server.answer('/x', { redirect });
      await assert.rejects(new Downloads().text(`${server.url}/x`), REFUSED, redirect);
    }
    server.answer('/x', { status: 302 });
    await assert.rejects(new Downloads().text(`${server.url}/x`), REFUSED);
  });

  test('counts a length over all as it does without a redirect', async () => {
    await using server = await ChannelServer.start();
    server.answer('/x', { redirect: '/long' });
    server.answer('/long', { body: 'x'.repeat(1001) });
    await assert.rejects(new Downloads().text(`${server.url}/x`), { code: 'length-mismatch' });
  });
});
