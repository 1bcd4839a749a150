/** py-rattler behind `antivenom exec`: by the proxy variables, and by the mirrors of pixi's configuration. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ChannelOwner, ChannelServer, StagedChannel, selfSignedCertificate } from '@antivenom/testkit';
import { python } from './rattler-client.ts';

const client = python === undefined ? { skip: 'ANTIVENOM_INTEROP_PYTHON is not set' } : {};

describe('py-rattler behind exec', client, async () => {
  if (python === undefined) return;
  const owner = await ChannelOwner.make();
  after(() => owner.remove());

  /** Asks for beta and what it needs, into the folder `env`, and says what stands there then. */
  async function install(channel: StagedChannel, url: string, mirrors: 'of pixi' | Record<string, never> = {}) {
    const prefix = join(channel.cwd, 'env');
    const plan = JSON.stringify({ channels: [url], specs: ['beta'], mirrors, prefix });
    const command = [python ?? '', join(import.meta.dirname, 'install.py'), plan];
    const { status, stdout, stderr } = await channel.exec(command, '--environment', prefix);
    const names = (await readdir(join(prefix, 'conda-meta')).catch(() => [])).filter((name) => name.endsWith('.json'));
    const texts = await Promise.all(names.map((name) => readFile(join(prefix, 'conda-meta', name), 'utf8')));
    const urls = texts.map((text) => JSON.parse(text).url as string);
    return { status, stderr, outcome: JSON.parse(stdout), urls: urls.toSorted(), text: texts.join() };
  }

  const installed = (url: string) => ['alpha-1.0-h1_0', 'beta-2.0-h2_0'].map((name) => `${url}/linux-64/${name}.conda`);

  for (const mirrors of [{}, 'of pixi'] as const) {
    test(`installs by ${mirrors === 'of pixi' ? 'mirrors' : 'the proxy'}, and remembers original addresses`, async () => {
      await using channel = await StagedChannel.of(owner);
      const before = channel.server.requests.length;
      const { status, stderr, outcome, urls, text } = await install(channel, channel.url, mirrors);
      assert.equal(outcome.ok, true, outcome.error);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.deepEqual(urls, installed(channel.url));
      assert.doesNotMatch(text, /antivenom:/, 'no password is remembered');
      const asked = channel.server.requests.slice(before).map(({ headers }) => headers['user-agent']);
      assert.ok(
        asked.every((agent) => agent?.startsWith('antivenom/')),
        asked.join(),
      );
    });
  }

  test('installs from a channel on https, by mirrors and by the authority of the run', async () => {
    const tls = selfSignedCertificate('localhost');
    await using server = await ChannelServer.start(owner.place, { tls });
    const url = `https://localhost:${server.port}/good`;
    for (const mirrors of [{}, 'of pixi'] as const) {
      await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
      const certificate = join(owner.place, 'certificate.pem');
      await writeFile(certificate, tls.certificate);
      channel.env = { NODE_EXTRA_CA_CERTS: certificate };
      await channel.accept('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
      const { status, outcome, urls, stderr } = await install(channel, url, mirrors);
      assert.equal(outcome.ok, true, outcome.error);
      assert.deepEqual({ status, urls, stderr }, { status: 0, urls: installed(url), stderr: '' });
    }
  });

  test('a package that is another one is refused in its own words, and named at the end', async () => {
    await using channel = await StagedChannel.of(owner);
    await channel.edit('linux-64/beta-2.0-h2_0.conda', (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
    const { outcome, urls, stderr } = await install(channel, channel.url);
    assert.equal(outcome.ok, false);
    assert.match(outcome.error, /502/);
    assert.ok(!urls.some((url) => url.includes('beta')));
    assert.match(stderr, /^antivenom: refused .*beta-2\.0-h2_0\.conda.*\(length-mismatch\)$/m);
  });
});
