/** Ways around the gateway of `exec`: closed, or what came by them is named and the command ends with 1. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

let owner: ChannelOwner;
let channel: StagedChannel;
let sha256: string;
before(async () => {
  owner = await ChannelOwner.make();
  channel = await StagedChannel.of(owner);
  sha256 = createHash('sha256')
    .update(await readFile(join(channel.folder, PACKAGE)))
    .digest('hex');
});
after(async () => {
  await channel[Symbol.asyncDispose]();
  await owner.remove();
});

let environments = 0;
/** What a client installs without asking for it, and what is told of it. */
async function installedBehind(record: {
  url?: string;
  from?: string;
  sha256?: string;
}): Promise<[number | null, string]> {
  const prefix = join(channel.cwd, `env-${++environments}`);
  const plan = { install: [{ url: `${channel.url}/${PACKAGE}`, from: '/nowhere', sha256, ...record, prefix }] };
  const { status, stderr } = await channel.execClient(plan, '--environment', prefix);
  return [status, stderr];
}

test('the same package, asked for by the proxy, passes', async () => {
  const prefix = join(channel.cwd, 'honest');
  const plan = { install: [{ url: `${channel.url}/${PACKAGE}`, prefix }] };
  const { status, stderr } = await channel.execClient(plan, '--environment', prefix);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
});

test('a package out of another cache is named, whatever its record says', async () => {
  for (const from of [join(channel.cwd, 'pkgs/beta-2.0-h2_0'), `${channel.home}/exec/conda-pkgs/../../pkgs/beta`]) {
    const [status, stderr] = await installedBehind({ from });
    assert.equal(status, 1);
    assert.match(stderr, /^antivenom: refused beta-2\.0-h2_0, .* is no cache of this run$/m);
    assert.match(stderr, /asked for nothing through the proxy/);
  }
});

test('a package that a client put into a cache of the run past the proxy is named, and stays in no cache', async () => {
  const cache = join(channel.home, 'exec/conda-pkgs');
  const from = join(cache, 'beta-2.0-h2_0');
  await mkdir(from, { recursive: true });
  const [status, stderr] = await installedBehind({ from, sha256: 'ab'.repeat(32) });
  assert.equal(status, 1);
  assert.match(stderr, /^antivenom: refused beta-2\.0-h2_0, .* has not the SHA-256 of the verified index$/m);
  await assert.rejects(access(cache), { code: 'ENOENT' });
});

test('a package from elsewhere is named: a file, another channel, a server beside the channel', async () => {
  for (const url of [
    'file:///tmp/beta-2.0-h2_0.conda',
    'https://evil.example/good/linux-64/beta-2.0-h2_0.conda',
    `${channel.server.url}/beta-2.0-h2_0.conda`,
    '',
  ]) {
    const [status, stderr] = await installedBehind({ url: url || 'x/beta-2.0-h2_0.conda' });
    assert.equal(status, 1, url);
    assert.match(stderr, /^antivenom: refused beta-2\.0-h2_0, .* it comes from no channel that is trusted here$/m);
  }
});

test("a client's own settings are overridden: proxies, exceptions from them, switches for both", async () => {
  const own = join(channel.cwd, 'own.yaml');
  await writeFile(
    own,
    'channels: [kept]\nproxy_servers: {http: http://evil.example:1, "http://127.0.0.1": http://evil.example:1}\n',
  );
  channel.env = { CONDARC: own, NO_PROXY: '*', no_proxy: '127.0.0.1', MAMBA_NO_ENV: '1', PIXI_NO_CONFIG: '1' };
  const { stdout } = await channel.exec(['sh', '-c', 'cat "$CONDARC"; env']);
  channel.env = {};
  assert.doesNotMatch(stdout, /evil\.example|^(NO_PROXY|no_proxy|MAMBA_NO_ENV|PIXI_NO_CONFIG)=/m);
  assert.match(stdout, /^channels: \[\s?kept\s?\]$/m);
  const proxies = stdout.match(/http:\/\/antivenom:[^@]+@127\.0\.0\.1:\d+(?=$|[,\s}])/gm);
  assert.equal(new Set(proxies).size, 1);
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
    assert.match(stdout, new RegExp(`^${name}=http://antivenom:`, 'm'));
  }
  const caches = /^(CONDA_PKGS_DIRS|RATTLER_CACHE_DIR|PIXI_CACHE_DIR)=(.*)$/gm;
  for (const [, name, folder] of stdout.matchAll(caches)) assert.ok(folder?.startsWith(channel.home), name);
});

/** Asks the proxy without its password, in each of the three ways. */
const STRANGER = `
const { request } = require('node:http');
const [port, url] = process.argv.slice(1);
const ask = (options) => new Promise((resolve) => {
  const sent = request({ host: '127.0.0.1', port, ...options });
  for (const event of ['response', 'connect']) sent.on(event, (answer) => resolve(answer.statusCode));
  sent.end();
});
const wrong = 'Basic ' + Buffer.from('antivenom:guess').toString('base64');
Promise.all([
  ask({ path: url }),
  ask({ path: url, headers: { 'proxy-authorization': wrong } }),
  ask({ method: 'CONNECT', path: new URL(url).host }),
  ask({ path: '/good/noarch/repodata.json' }),
  ask({ path: '/good/noarch/repodata.json', headers: { authorization: wrong } }),
]).then((statuses) => { console.log(statuses.join()); process.exit(0); });
`;

test('another local user at the port knows no password, and reads none', async (t) => {
  const asRoot = process.getuid?.() === 0;
  const prefix = asRoot ? 'setpriv --reuid 65534 --regid 65534 --clear-groups ' : '';
  const script = join(channel.cwd, 'stranger.sh');
  await writeFile(
    script,
    `port=\${HTTP_PROXY##*:}
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
cd / && ${prefix}"$1" -e "$2" "$port" "$3"
${asRoot ? `${prefix}cat "$CONDARC" "$PIXI_CONFIG_FILE" || echo unreadable` : 'echo unreadable'}
`,
  );
  t.diagnostic(asRoot ? 'as user 65534' : 'as the same user, since this one may not become another');
  const url = `${channel.url}/noarch/repodata.json`;
  const asked = channel.server.requests.length;
  const { status, stdout, stderr } = await channel.exec(['sh', script, process.execPath, STRANGER, url]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, '407,407,407,401,401\nunreadable\n', stderr);
  assert.equal(channel.server.requests.length, asked, 'nothing was fetched for a stranger');
});

test('what is let through unverified enters no cache that other runs read', async () => {
  await using stranger = await StagedChannel.of(owner, { trust: 'nothing' });
  const caches = 'echo "$CONDA_PKGS_DIRS"; echo "$RATTLER_CACHE_DIR"';
  const lines = async (...more: string[]) =>
    (await channel.exec(['sh', '-c', caches], ...more)).stdout.trim().split('\n');
  const [usual, unverified] = [await lines(), await lines('--allow-untrusted', stranger.url)];
  assert.deepEqual(usual, await lines());
  for (const folder of unverified) {
    assert.ok(folder.startsWith(join(channel.home, 'exec/runs')), folder);
    await assert.rejects(readFile(folder), { code: 'ENOENT' });
  }
});
