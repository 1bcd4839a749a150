/** Credentials of a channel: they go to its server, and nowhere else. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, ChannelServer, StagedChannel } from '@antivenom/testkit';

const TOKEN = 'tk-5ecret0123';
const PASSWORD = 'pa55word9876';
const SECRETS = RegExp(`${TOKEN}|${PASSWORD}|${Buffer.from(`zoe:${PASSWORD}`).toString('base64')}`);

const owner = await ChannelOwner.make();
/** Where redirects lead: another host must learn nothing. */
const stranger = await ChannelServer.start(owner.folder);
after(async () => {
  await owner.remove();
  await stranger.close();
});

/** The channel behind a token in its path and a user with a password, and its address with both and without. */
async function secretChannel(): Promise<{ channel: StagedChannel; secret: string; open: string }> {
  const channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const { server } = channel;
  server.answerAll((path) => {
    const authorization = server.requests.at(-1)?.headers.authorization ?? '';
    if (!path.startsWith(`/t/${TOKEN}/`) || !authorization.startsWith('Basic ')) return { status: 401 };
    return served.get(path.slice(`/t/${TOKEN}`.length));
  });
  const served = await filesOf(channel.folder);
  const { host } = new URL(server.url);
  return {
    channel,
    secret: `http://zoe:${PASSWORD}@${host}/t/${TOKEN}/good`,
    open: `http://${host}/good`,
  };
}

async function filesOf(folder: string): Promise<Map<string, { status: 200; body: Uint8Array }>> {
  const files = new Map<string, { status: 200; body: Uint8Array }>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(`/good${file.slice(folder.length)}`, { status: 200, body: await readFile(file) });
  }
  return files;
}

/** Everything kept in plain sight: all of the store but the file of credentials itself. */
async function assertKeptApart(home: string): Promise<void> {
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    assert.doesNotMatch(path, SECRETS);
    if (!entry.isFile() || !SECRETS.test(await readFile(path, 'latin1'))) continue;
    assert.match(path, /credentials/);
    assert.equal((await stat(path)).mode & 0o777, 0o600, path);
  }
}

test('is stored apart, goes with each request to the channel, and is never printed', async () => {
  const { channel, secret, open } = await secretChannel();
  await using _ = channel;
  const argvs = [
    ['trust', 'add', secret, '--fingerprint', owner.rootFingerprint],
    ['trust', 'list'],
    ['trust', 'update'],
    ['verify', 'channel', secret],
    ['verify', 'package', `${secret}/noarch/gamma-3.0-0.conda`, '--channel', secret],
  ];
  for (const argv of argvs) {
    for (const json of [['--json'], []]) {
      const { status, stdout, stderr } = await channel.tell(...argv, ...json);
      // The channel is trusted already when `trust add` is run again.
      if (argv[1] !== 'add') assert.equal(status, 0, stdout + stderr);
      assert.doesNotMatch(stdout + stderr, SECRETS, argv.slice(0, 2).join(' '));
    }
  }
  assert.ok(channel.server.requests.length > 10);
  await assertKeptApart(channel.home);
  // Trust is by the address without credentials; the stored ones are used.
  await channel.accept('verify', 'channel', open);
});

test('is not printed by any refusal, nor with debugging on', async () => {
  const { channel, secret } = await secretChannel();
  await using _ = channel;
  await channel.accept('trust', 'add', secret, '--fingerprint', owner.rootFingerprint);
  const answers = [
    { status: 404 },
    { status: 401 },
    { status: 200, body: '<html>' },
    { redirect: 'file:///etc/passwd' },
    { redirect: `${stranger.url}/nowhere?token=${TOKEN}` },
    { redirect: `http://user:${PASSWORD}@127.0.0.1:1/t/${TOKEN}/x` },
    { reset: true },
  ] as const;
  channel.env = { ANTIVENOM_DEBUG: '1' };
  for (const answer of answers) {
    channel.server.answer(`/t/${TOKEN}/good/tuf/timestamp.json`, answer);
    channel.server.answer(`/t/${TOKEN}/good/noarch/gamma-3.0-0.conda`, answer);
    const asked = [
      channel.tell('verify', 'channel', secret, '--json'),
      channel.tell('verify', 'channel', secret),
      channel.tell('verify', 'package', `${secret}/noarch/gamma-3.0-0.conda`, '--channel', secret),
    ];
    for (const { status, stdout, stderr } of await Promise.all(asked)) {
      assert.notEqual(status, 0, JSON.stringify(answer));
      assert.doesNotMatch(stdout + stderr, SECRETS, JSON.stringify(answer));
    }
  }
  await assertKeptApart(channel.home);
});

test('does not go to another host that the channel redirects to', async () => {
  const { channel, secret } = await secretChannel();
  await using _ = channel;
  await channel.accept('trust', 'add', secret, '--fingerprint', owner.rootFingerprint);
  for (const file of ['tuf/timestamp.json', 'noarch/repodata.json', 'noarch/gamma-3.0-0.conda']) {
    channel.server.answer(`/t/${TOKEN}/good/${file}`, { redirect: `${stranger.url}/${file}` });
  }
  await channel.accept('verify', 'channel', secret);
  await channel.accept('verify', 'package', `${secret}/noarch/gamma-3.0-0.conda`, '--channel', secret);
  assert.ok(stranger.requests.length >= 2);
  for (const { path, headers } of stranger.requests) {
    assert.equal(headers.authorization, undefined);
    assert.doesNotMatch(path + JSON.stringify(headers), SECRETS);
  }
});

test('of one channel does not go to the metadata of another host', async () => {
  const { channel, secret } = await secretChannel();
  await using _ = channel;
  const before = stranger.requests.length;
  const add = ['--metadata', stranger.url, '--fingerprint', owner.rootFingerprint];
  await channel.accept('trust', 'add', secret, ...add);
  await channel.accept('verify', 'channel', secret);
  const asked = stranger.requests.slice(before);
  assert.ok(asked.length > 2);
  for (const { path, headers } of asked) {
    assert.equal(headers.authorization, undefined);
    assert.doesNotMatch(path + JSON.stringify(headers), SECRETS);
  }
});

test('is not printed where it was typed in the wrong place, or wrongly', async () => {
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const argvs = [
    ['verify', `https://zoe:${PASSWORD}@channel.example/t/${TOKEN}/good`],
    ['verify', 'channel', `https://zoe:a/${PASSWORD}@channel.example/good`],
    ['verify', 'channel', `https://zoe:a@${PASSWORD}@channel.example/t/${TOKEN}/good?query`],
    ['verify', 'channel', `https://channel.example/t/a/t/${TOKEN}/good#part`],
    ['trust', 'add', `ftp://zoe:${PASSWORD}@channel.example/good`, '--fingerprint', owner.rootFingerprint],
    ['sign', `https://zoe:${PASSWORD}@channel.example/good`],
    ['sign', `file://zoe:${PASSWORD}@channel.example/good`],
  ];
  for (const argv of argvs) {
    const { status, stdout, stderr } = await channel.tell(...argv);
    assert.equal(status, 2, stdout + stderr);
    assert.doesNotMatch(stdout + stderr, SECRETS, argv.slice(0, 2).join(' '));
  }
});

test('the gateway uses them for the channel alone, and says them in no answer, log, metric or file', async () => {
  const { channel, secret, open } = await secretChannel();
  await channel.accept('trust', 'add', secret, '--fingerprint', owner.rootFingerprint);
  const gateway = await channel.gateway('--channel', `kept=${open}`, '--channel', `given=${secret}`);
  const told: string[] = [];
  const ask = async (path: string, status: number) => {
    const { status: found, body, headers } = await gateway.ask(path);
    assert.equal(found, status, `${path}: ${body}`);
    told.push(String(body), JSON.stringify(headers));
  };
  const path = 'noarch/gamma-3.0-0.conda';
  for (const name of ['kept', 'given']) {
    await ask(`/${name}/noarch/repodata.json`, 200);
    await ask(`/${name}/${path}`, 200);
    await ask(`/${name}/noarch/none-1-0.conda`, 404);
  }
  const elsewhere = { redirect: `${stranger.url}/noarch/gamma-3.0-0.conda` };
  channel.server.answer(`/t/${TOKEN}/good/linux-64/beta-2.0-h2_0.conda`, { status: 403 });
  channel.server.answer(`/t/${TOKEN}/good/linux-64/alpha-1.0-h1_0.conda`, elsewhere);
  await ask('/given/linux-64/beta-2.0-h2_0.conda', 502);
  await ask('/given/linux-64/alpha-1.0-h1_0.conda', 502);
  for (const own of ['/metrics', '/readyz', '/api/v1/channels', '/api/v1/channels/given/refusals']) {
    told.push(String((await gateway.ask(own)).body));
  }
  await gateway.stop();
  assert.doesNotMatch([...told, gateway.log].join(), SECRETS);
  assert.ok(stranger.requests.every(({ headers }) => headers.authorization === undefined));
  assert.doesNotMatch(JSON.stringify(stranger.requests), SECRETS);
  await assertKeptApart(channel.home);
  await channel[Symbol.asyncDispose]();
});
