/** The gateway over HTTP: what it serves of an honest channel, and how. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readJson, scanRepodata } from '@antivenom/core';
import { nodeDecompression } from '@antivenom/node';
import { ChannelOwner, type RunningGateway, runAntivenom, StagedChannel } from '@antivenom/testkit';

const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

let owner: ChannelOwner;
let channel: StagedChannel;
let gateway: RunningGateway;
before(async () => {
  owner = await ChannelOwner.make();
  channel = await StagedChannel.of(owner);
  gateway = await channel.gateway();
});
after(async () => {
  await gateway.stop();
  await channel[Symbol.asyncDispose]();
  await owner.remove();
});

const published = (path: string) => readFile(join(channel.folder, path));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('serves every index form of the channel as its owner published it', async () => {
  for (const subdir of ['linux-64', 'noarch']) {
    for (const name of await readdir(join(channel.folder, subdir))) {
      if (!/\.(json|zst|bz2)$/.test(name) || name.endsWith('.tar.bz2')) continue;
      const { status, body, headers } = await gateway.ask(`/good/${subdir}/${name}`);
      assert.equal(status, 200, `${name}: ${body}`);
      assert.deepEqual(body, await published(`${subdir}/${name}`), name);
      assert.equal(headers.etag, `"${sha256(body)}"`);
      const isShard = /^[0-9a-f]{64}\./.test(name);
      assert.equal(headers['cache-control'], isShard ? 'public, max-age=31536000, immutable' : 'no-cache', name);
      assert.ok(!Number.isNaN(Date.parse(headers['last-modified'] ?? '')));
    }
  }
  assert.deepEqual((await gateway.ask('/good/channeldata.json')).body, await published('channeldata.json'));
});

test('serves the trust metadata, so that others can verify the channel through it', async () => {
  assert.deepEqual((await gateway.ask('/good/tuf/1.root.json')).body, await published('tuf/1.root.json'));
  assert.deepEqual((await gateway.ask('/good/cct/key_mgr.json')).body, await published('cct/key_mgr.json'));
  assert.equal((await gateway.ask('/good/tuf/2.root.json')).status, 404);
  for (const name of await readdir(join(channel.folder, 'tuf/targets/noarch'))) {
    const answer = await gateway.ask(`/good/tuf/targets/noarch/${name}`);
    assert.equal(answer.status, 200, name);
    assert.deepEqual(answer.body, await published(`tuf/targets/noarch/${name}`));
    assert.match(answer.headers['cache-control'] ?? '', /immutable/);
  }
  const home = join(owner.place, 'second-home');
  const setting = { cwd: channel.cwd, env: {} };
  const run = (...argv: string[]) => runAntivenom([...argv, '--home', home, '--json'], setting);
  const trusted = await run('trust', 'add', `${gateway.url}/good`, '--fingerprint', owner.rootFingerprint);
  assert.equal(trusted.status, 0, trusted.stdout);
  const verified = await run('verify', 'channel', `${gateway.url}/good`);
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
});

test('serves packages, from upstream once', async () => {
  const file = await published(PACKAGE);
  const asked = await Promise.all(Array.from({ length: 8 }, () => gateway.ask(`/good/${PACKAGE}`)));
  for (const { status, body, headers } of asked) {
    assert.equal(status, 200, `${body}`);
    assert.deepEqual(body, file);
    assert.equal(headers.etag, `"${sha256(file)}"`);
  }
  assert.equal(channel.server.requests.filter(({ path }) => path === `/good/${PACKAGE}`).length, 1);
  const kept = join(channel.home, 'cache/sha256', sha256(file).slice(0, 2), sha256(file));
  assert.deepEqual(await readFile(kept), file);
});

test('answers heads, conditions and ranges as the whole file would be answered', async () => {
  for (const path of [`/good/${PACKAGE}`, '/good/noarch/repodata.json.zst']) {
    const { body, headers } = await gateway.ask(path);
    const etag = headers.etag ?? '';
    const date = headers['last-modified'] ?? '';
    const head = await gateway.ask(path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(body.length), 0]);
    assert.equal(head.headers.etag, etag);
    const status = async (asked: Record<string, string>) => (await gateway.ask(path, { headers: asked })).status;
    assert.equal(await status({ 'if-none-match': `"x", W/${etag}` }), 304);
    assert.equal(await status({ 'if-none-match': '"x"', 'if-modified-since': date }), 200);
    assert.equal(await status({ 'if-modified-since': date }), 304);
    assert.equal(await status({ 'if-modified-since': new Date(Date.parse(date) - 1000).toUTCString() }), 200);
    const part = await gateway.ask(path, { headers: { range: 'bytes=2-5', 'if-range': etag } });
    assert.deepEqual([part.status, part.body], [206, body.subarray(2, 6)]);
    assert.equal(part.headers['content-range'], `bytes 2-5/${body.length}`);
    const last = await gateway.ask(path, { headers: { range: 'bytes=-3' } });
    assert.deepEqual(last.body, body.subarray(-3));
    assert.equal(await status({ range: `bytes=${body.length}-` }), 416);
    assert.equal(await status({ range: 'bytes=2-5', 'if-range': '"x"' }), 200);
    assert.equal(await status({ range: 'bytes=0-0,2-3' }), 200);
  }
});

test('tells a problem for what is not there, and for what may not be asked', async () => {
  for (const path of ['/', '/none/noarch/repodata.json', '/good/noarch/x-1-0.conda', '/good/osx-64/repodata.json']) {
    const { status, body, headers } = await gateway.ask(path);
    assert.equal(status, 404, path);
    assert.equal(headers['content-type'], 'application/problem+json');
    const problem = JSON.parse(body.toString());
    assert.deepEqual([problem.status, problem.code], [404, 'not-listed']);
    assert.ok(problem.type && problem.title && problem.detail && problem.hint);
  }
  for (const path of [
    '/good/../etc/passwd',
    '/good/noarch/..%2f..%2fx',
    '/good/%2e%2e/x',
    '/good//x',
    '/good/a%zz/b',
  ]) {
    assert.equal((await gateway.ask(path)).status, 404, path);
  }
  const posted = await gateway.ask('/good/noarch/repodata.json', { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
});

test('says that it is ready, what it serves and how much', async () => {
  assert.equal((await gateway.ask('/healthz')).status, 200);
  assert.deepEqual(await gateway.json('/readyz'), { ready: true, reasons: [] });
  const { channels } = await gateway.json('/api/v1/channels');
  assert.deepEqual(
    channels.map(({ name, ok, serving, subdirs }: Record<string, unknown>) => [name, ok, serving, subdirs]),
    [
      [
        'good',
        true,
        true,
        [
          { subdir: 'linux-64', records: 3, leftOut: 0 },
          { subdir: 'noarch', records: 1, leftOut: 0 },
        ],
      ],
    ],
  );
  const metrics = String((await gateway.ask('/metrics')).body);
  assert.match(metrics, /^antivenom_requests_total\{channel="good",status="200"\} \d+$/m);
  assert.match(metrics, /^antivenom_upstream_bytes_total\{channel="good"\} \d{4,}$/m);
  assert.match(metrics, /^antivenom_cache_bytes \d{4,}$/m);
  assert.match(metrics, /^antivenom_role_expiry_timestamp_seconds\{channel="good",role="timestamp"\} \d{10}$/m);
});

test('makes a form that the channel lacks from a verified one', async () => {
  await using bare = await StagedChannel.of(owner);
  for (const name of ['repodata.json.zst', 'repodata.json.bz2', 'current_repodata.json', 'channeldata.json.zst']) {
    bare.server.answerAll((path) => (path.endsWith(name) ? { status: 404 } : undefined));
    await using lacking = await bare.gateway();
    const folder = name.startsWith('channeldata') ? '' : 'linux-64/';
    const { status, body } = await lacking.ask(`/good/${folder}${name}`);
    assert.equal(status, 200, `${name}: ${body}`);
    const [expected, made] = [await published(`${folder}${name}`), body].map((bytes) =>
      name.endsWith('.zst')
        ? nodeDecompression.zstdSync(bytes, 1e6)
        : name.endsWith('.bz2')
          ? nodeDecompression.bzip2Sync(bytes, 1e6)
          : bytes,
    );
    if (name !== 'current_repodata.json') assert.deepEqual(made, expected, name);
    else {
      const limits = { maxBytes: 1e6, maxDepth: 20 };
      const files = (bytes: Uint8Array) => scanRepodata(bytes, limits).records.map(({ file }) => file);
      assert.deepEqual(files(made!), files(expected!));
      assert.ok((readJson(made!, limits) as Map<string, unknown>).has('signatures'));
    }
  }
});

test('follows the channel when it is refreshed, and keeps what has not changed', async (t) => {
  const moving = await ChannelOwner.make();
  t.after(() => moving.remove());
  await using staged = await StagedChannel.of(moving);
  await using followed = await staged.gateway();
  const before = await followed.ask('/good/noarch/repodata.json');
  await followed.refresh('good');
  const same = await followed.ask('/good/noarch/repodata.json');
  assert.equal(same.headers['last-modified'], before.headers['last-modified']);
  await moving.publish({ name: 'delta', version: '4.0', build: '0', subdir: 'noarch' });
  await staged.serve(moving.folder);
  assert.doesNotMatch(String((await followed.ask('/good/noarch/repodata.json')).body), /delta/);
  assert.equal((await followed.refresh('good')).ok, true);
  const newer = await followed.ask('/good/noarch/repodata.json');
  assert.match(String(newer.body), /delta/);
  assert.ok(Date.parse(newer.headers['last-modified']!) > Date.parse(before.headers['last-modified']!));
  assert.equal((await followed.ask('/good/noarch/delta-4.0-0.conda')).status, 200);
});

test('comes back by itself once a channel that did not answer does', async () => {
  await using staged = await StagedChannel.of(owner);
  staged.server.answerAll(() => ({ status: 404 }));
  await using waiting = await staged.gateway('--refresh', '1s');
  assert.equal((await waiting.ask('/good/noarch/repodata.json')).status, 451);
  staged.server.answerAll(() => undefined);
  while ((await waiting.ask('/readyz')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await waiting.ask('/good/noarch/repodata.json')).status, 200);
});

test('finishes what is under way when it is asked to stop', async () => {
  await using slow = await StagedChannel.of(owner);
  slow.answer('noarch/gamma-3.0-0.conda', { trickle: { bytes: 200, everyMs: 20 } });
  await using stopping = await slow.gateway();
  const asked = stopping.ask('/good/noarch/gamma-3.0-0.conda');
  while (!slow.server.requests.some(({ path }) => path.endsWith('.conda'))) await new Promise((r) => setTimeout(r, 5));
  const stopped = stopping.stop();
  const { status, body } = await asked;
  assert.deepEqual([status, body], [200, await published('noarch/gamma-3.0-0.conda')]);
  assert.equal(await stopped, 0);
  await assert.rejects(stopping.ask('/healthz'));
});

test('keeps its cache over a restart, also for a channel that answers no more', async () => {
  await using staged = await StagedChannel.of(owner);
  {
    await using first = await staged.gateway();
    assert.equal((await first.ask(`/good/${PACKAGE}`)).status, 200);
  }
  staged.server.answerAll((path) => (path.endsWith('.conda') ? { status: 503 } : undefined));
  await using second = await staged.gateway();
  assert.deepEqual((await second.ask(`/good/${PACKAGE}`)).body, await published(PACKAGE));
});

test('does not start without a channel that is trusted, or with names that cannot be', async () => {
  const told = async (...argv: string[]) => {
    const { status, stderr } = await channel.tell('gateway', '--listen', '127.0.0.1:0', ...argv);
    return { status, stderr };
  };
  const stranger = await told('--channel', 'x=http://127.0.0.1:9/none');
  assert.equal(stranger.status, 1);
  assert.match(stranger.stderr, /not-trusted|is trusted on this machine/);
  const good = `good=${channel.url}`;
  for (const argv of [
    [],
    ['--channel', 'x'],
    ['--channel', `api=${channel.url}`],
    ['--channel', good, '--channel', good],
  ]) {
    assert.equal((await told(...argv)).status, 2, argv.join(' '));
  }
  assert.equal((await told('--channel', good, '--listen', '127.0.0.1:99999')).status, 2);
});
