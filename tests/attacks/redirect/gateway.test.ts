/** Redirects that may not be followed, and answers that are none, while the gateway fetches for a client. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const PACKAGE = 'noarch/gamma-3.0-0.conda';

test('follows no redirect to another scheme or in a circle, and passes none on', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  for (const redirect of ['file:///etc/passwd', `ftp://127.0.0.1/x`, `${channel.url}/${PACKAGE}`, 'http:']) {
    channel.answer(PACKAGE, { redirect });
    const { status, headers, body } = await gateway.ask(`/good/${PACKAGE}`);
    assert.deepEqual([status, JSON.parse(String(body)).code], [502, 'redirect-refused'], redirect);
    assert.equal(headers.location, undefined);
  }
  channel.answer('tuf/timestamp.json', { redirect: 'file:///etc/passwd' });
  const { ok, failure, serving } = await gateway.refresh('good');
  assert.deepEqual([ok, failure.code, serving], [false, 'redirect-refused', true]);
  await using fresh = await StagedChannel.of(owner);
  fresh.answer('tuf/timestamp.json', { redirect: 'file:///etc/passwd' });
  await using refusing = await fresh.gateway();
  assert.equal((await refusing.json('/good/noarch/repodata.json', 451)).code, 'redirect-refused');
  channel.answer(PACKAGE, { redirect: `${fresh.url}/${PACKAGE}` });
  assert.equal((await gateway.ask(`/good/${PACKAGE}`)).status, 200);
});

test('takes an error of the channel for no answer, and tells it from silence', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  for (const status of [404, 410, 403, 401]) {
    channel.answer(PACKAGE, { status, body: 'no' });
    const { code } = await gateway.json(`/good/${PACKAGE}`, 502);
    assert.equal(code, status === 404 ? 'not-held' : 'unreachable');
  }
  channel.answer(PACKAGE, { reset: true });
  assert.equal((await gateway.json(`/good/${PACKAGE}`, 504)).code, 'unreachable');
});
