/** Credentials that the gateway has for channels, and its own certificate. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  ChannelServer,
  type RunningGateway,
  StagedChannel,
  selfSignedCertificate,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const BASIC = `Basic ${Buffer.from('zoe:pa55word').toString('base64')}`;

/** Every request of a client to the channel, by its `Authorization`. */
function guard({ server }: StagedChannel, isGood: (path: string, authorization: string | undefined) => boolean): void {
  server.answerAll((path) =>
    isGood(path, server.requests.at(-1)?.headers.authorization) ? undefined : { status: 401 },
  );
}

async function assertServes(gateway: RunningGateway): Promise<void> {
  for (const path of ['noarch/repodata.json', 'noarch/gamma-3.0-0.conda']) {
    const { status, body } = await gateway.ask(`/good/${path}`);
    assert.equal(status, 200, `${path}: ${body}`);
  }
}

test('sends credentials of a file to their host alone', async () => {
  await using channel = await StagedChannel.of(owner);
  await using other = await ChannelServer.start(owner.folder);
  const { host } = new URL(channel.url);
  const file = join(channel.cwd, 'credentials.json');
  for (const [entry, expected] of [
    [{ basic: { user: 'zoe', password: 'pa55word' } }, BASIC],
    [{ bearer: 'abc.def' }, 'Bearer abc.def'],
  ] as const) {
    await writeFile(file, JSON.stringify({ [host]: entry }));
    guard(channel, (_, authorization) => authorization === expected);
    await using gateway = await channel.gateway('--credentials', file);
    await assertServes(gateway);
    channel.answer('linux-64/beta-2.0-h2_0.conda', { redirect: `${other.url}/linux-64/beta-2.0-h2_0.conda` });
    assert.equal((await gateway.ask('/good/linux-64/beta-2.0-h2_0.conda')).status, 200);
    assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
    assert.doesNotMatch(gateway.log, /pa55word|abc\.def/);
  }
  guard(channel, () => false);
  await using refusing = await channel.gateway('--credentials', file);
  await refusing.json('/good/noarch/repodata.json', 504);
});

test('reads .netrc, and sends conda tokens in the path', async () => {
  await using channel = await StagedChannel.of(owner);
  channel.env = { HOME: channel.cwd };
  await writeFile(join(channel.cwd, '.netrc'), 'machine 127.0.0.1 login zoe password pa55word\n');
  guard(channel, (_, authorization) => authorization === BASIC);
  {
    await using gateway = await channel.gateway();
    await assertServes(gateway);
  }
  const file = join(channel.cwd, 'credentials.json');
  await writeFile(file, JSON.stringify({ [new URL(channel.url).host]: { token: 'tk-1' } }));
  channel.server.answerAll((path) => (path.startsWith('/t/tk-1/good/') ? undefined : { status: 401 }));
  await using gateway = await channel.gateway('--credentials', file);
  await gateway.json('/good/noarch/repodata.json', 451);
  assert.ok(channel.server.requests.some(({ path }) => path === '/t/tk-1/good/tuf/timestamp.json'));
});

test('serves https with a certificate of its own', async () => {
  await using channel = await StagedChannel.of(owner);
  const { key, certificate } = selfSignedCertificate('127.0.0.1');
  const [keyFile, certificateFile] = [join(channel.cwd, 'key.pem'), join(channel.cwd, 'certificate.pem')];
  await writeFile(keyFile, key);
  await writeFile(certificateFile, certificate);
  const options = ['--tls-certificate', certificateFile, '--tls-key', keyFile];
  await using gateway = await channel.gateway(...options);
  assert.match(gateway.url, /^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${gateway.url}/good/noarch/repodata.json`, { ca: certificate, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
  assert.equal(status, 200);
  for (const wrong of [options.slice(0, 2), ['--tls-certificate', keyFile, '--tls-key', keyFile]]) {
    const told = await channel.tell('gateway', '--channel', `good=${channel.url}`, ...wrong);
    assert.equal(told.status, 2);
    assert.doesNotMatch(told.stderr, /PRIVATE KEY/);
  }
});

test('serves a channel under its path at its own server too, as a mirror setting for that server has it', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway('--channel', `other=${channel.url}`);
  assert.equal((await gateway.ask('/other/noarch/repodata.json')).status, 200);
  await using single = await channel.gateway(
    '--config',
    (await channel.policy(`channels: [{name: x, url: "${channel.url}"}]`))[1]!,
  );
  for (const path of ['/x/noarch/repodata.json', '/good/noarch/repodata.json', '/good/linux-64/beta-2.0-h2_0.conda']) {
    assert.equal((await single.ask(path)).status, 200, path);
  }
});

test('asks its own clients for a token where it has one, and tells it to nobody', async () => {
  await using channel = await StagedChannel.of(owner);
  const token = 'gateway-5ecret-0123';
  const file = join(channel.cwd, 'tokens');
  await writeFile(file, `${token}\nanother-token-of-16\n`);
  channel.env = { ANTIVENOM_GATEWAY_TOKEN: 'of-the-environment' };
  await using gateway = await channel.gateway('--tokens', file);
  const index = 'good/noarch/repodata.json';
  for (const [path, headers] of [
    [`/t/${token}/${index}`, {}],
    [`/t/of-the-environment/${index}`, {}],
    [`/${index}`, { authorization: `Bearer ${token}` }],
    [`/${index}`, { authorization: `Basic ${Buffer.from(`zoe:${token}`).toString('base64')}` }],
    ['/healthz', {}],
  ] as const) {
    assert.equal((await gateway.ask(path, { headers })).status, 200, path);
  }
  for (const path of [
    `/${index}`,
    '/metrics',
    '/readyz',
    '/api/v1/channels',
    '/t/wrong/good/noarch/repodata.json',
    '/',
  ]) {
    const { status, headers, body } = await gateway.ask(path);
    assert.equal(status, 401, path);
    assert.match(headers['www-authenticate'] ?? '', /Bearer/);
    assert.doesNotMatch(String(body), /wrong|5ecret/);
  }
  assert.equal(
    (await gateway.ask(`/${index}`, { headers: { authorization: `Bearer ${token}`, host: 'evil.example' } })).status,
    421,
  );
  assert.doesNotMatch(gateway.log, /5ecret|of-the-environment|wrong/);
  assert.match(gateway.log, /\/t\/<TOKEN>\/good\/noarch\/repodata\.json/);
  const upstream = channel.server.requests.map((request) => JSON.stringify(request)).join();
  assert.doesNotMatch(upstream, /5ecret|of-the-environment/);
  for (const tokens of ['short', 'sixteen characters, with spaces', '']) {
    await writeFile(file, tokens);
    channel.env = {};
    const told = await channel.tell('gateway', '--channel', `good=${channel.url}`, '--tokens', file);
    assert.equal(told.status, 2);
    assert.doesNotMatch(told.stderr, /short|sixteen/);
  }
});

test('does not answer on loopback to a web page that leads its own name there', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway('--host-name', 'gateway.example');
  const asked = async (host: string) => (await gateway.ask('/good/noarch/repodata.json', { headers: { host } })).status;
  assert.equal(await asked('evil.example'), 421);
  assert.equal(await asked('gateway.example:8480'), 200);
  assert.equal(await asked('localhost'), 200);
});
