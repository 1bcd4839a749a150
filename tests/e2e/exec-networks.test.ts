/** What real clients were seen to ask a proxy for, and the user's own proxy on the way to channels. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { ChannelOwner, ForwardProxy, StagedChannel } from '@antivenom/testkit';

const ANTIVENOM = resolve(import.meta.dirname, '../../packages/cli/bin/antivenom');
const PACKAGES = ['linux-64/beta-2.0-h2_0.conda', 'linux-64/alpha-1.0-h1_0'];

interface Recorded {
  /** `METHOD PATH`, below the channel. */
  readonly lines: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

let owner: ChannelOwner;
let channel: StagedChannel;
before(async () => {
  owner = await ChannelOwner.make();
  channel = await StagedChannel.of(owner);
});
after(async () => {
  await channel[Symbol.asyncDispose]();
  await owner.remove();
});

/** Asks the proxy on one connection, and prints the statuses. */
const REPLAY = `
const { Agent, request } = require('node:http');
const { lines, headers } = JSON.parse(process.argv[1]);
const proxy = new URL(process.env.HTTP_PROXY);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const credentials = 'Basic ' + Buffer.from(proxy.username + ':' + proxy.password).toString('base64');
(async () => {
  const told = [];
  for (const line of lines) {
    const [method, path] = line.split(' ');
    const sent = { host: proxy.hostname, port: proxy.port, method, path, agent };
    await new Promise((done) => {
      const all = { host: new URL(path).host, ...headers, 'Proxy-Authorization': credentials };
      request({ ...sent, headers: all }, (answer) => {
        let length = 0;
        answer.on('data', (piece) => (length += piece.length)).on('end', () => {
          told.push(answer.statusCode + (length > 0 ? ' bytes' : ''));
          done();
        });
      }).end();
    });
  }
  console.log(told.join());
  process.exit(0);
})();
`;

async function replay({ lines, headers }: Recorded): Promise<string[]> {
  const whole = lines.map((line) => line.replace(' ', ` ${channel.url}/`));
  const told = await channel.exec([process.execPath, '-e', REPLAY, JSON.stringify({ lines: whole, headers })]);
  assert.equal(told.status, 0, told.stderr);
  assert.equal(told.stderr, '');
  return told.stdout.trim().split(',');
}

test('the requests of micromamba 2.8 that installs are answered', async () => {
  const shards = (await readdir(join(channel.folder, 'linux-64'))).filter((name) => /^[0-9a-f]{64}\./.test(name));
  const indexes = ['linux-64', 'noarch'].flatMap((subdir) =>
    ['repodata.json.zst', 'repodata_shards.msgpack.zst'].map((name) => `${subdir}/${name}`),
  );
  const asked = [
    'linux-64/repodata_shards.msgpack.zst',
    'noarch/repodata_shards.msgpack.zst',
    ...shards.map((name) => `linux-64/${name}`),
    'noarch/repodata.json.zst',
    ...PACKAGES.map((path) => path.replace(/h1_0$/, 'h1_0.tar.bz2')),
  ];
  const statuses = await replay({
    lines: [...indexes.map((path) => `HEAD ${path}`), ...asked.map((path) => `GET ${path}`)],
    headers: { Accept: '*/*', 'Proxy-Connection': 'Keep-Alive', 'User-Agent': 'mamba/2.8.1 libcurl/7.88.1' },
  });
  assert.deepEqual(statuses, [...indexes.map(() => '200'), ...asked.map(() => '200 bytes')]);
});

test('the requests of conda 26.7 that installs are answered, a notice that is not there with 404', async () => {
  const asked = [
    ...['linux-64', 'noarch'].map((subdir) => `${subdir}/current_repodata.json.zst`),
    ...PACKAGES.map((path) => path.replace(/h1_0$/, 'h1_0.conda')),
  ];
  const statuses = await replay({
    lines: ['notices.json', ...asked].map((path) => `GET ${path}`),
    headers: {
      'User-Agent': 'conda/26.7.9 requests/2.34.2 CPython/3.11.7',
      'Accept-Encoding': 'gzip, deflate, zstd',
      Accept: '*/*',
      Connection: 'keep-alive',
    },
  });
  assert.deepEqual(statuses, ['404 bytes', ...asked.map(() => '200 bytes')]);
});

test("the user's own proxy serves for the way to the channels, and for Antivenom itself in the command", async () => {
  const { hostname: host, port } = new URL(channel.server.url);
  const hosts = new Map([['channel.test', { host, port: Number(port) }]]);
  await using proxy = await ForwardProxy.start({ hosts, credentials: 'zoe:pa55word' });
  await using behind = await StagedChannel.of(owner, { trust: 'nothing' });
  behind.env = { HTTP_PROXY: `http://zoe:pa55word@${proxy.host}` };
  const url = 'http://channel.test/good';
  await behind.accept('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
  const { status, stderr, outcome } = await behind.execClient({ get: [`${url}/${PACKAGES[0]}`] });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.equal(outcome?.got[0]?.status, 200);
  assert.ok(proxy.requests.includes(`GET ${url}/${PACKAGES[0]}`));
  const asked = proxy.requests.length;
  const nested = await behind.exec([ANTIVENOM, 'verify', 'channel', url, '--home', behind.home, '--json']);
  assert.deepEqual(JSON.parse(nested.stdout).ok, true, nested.stdout + nested.stderr);
  // It holds the trust store while it asks: by the proxy of the run, each would wait for the other.
  assert.ok(proxy.requests.slice(asked).includes(`GET ${url}/tuf/timestamp.json`));
});
