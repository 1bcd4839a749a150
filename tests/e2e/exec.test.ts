/** `antivenom exec -- COMMAND`: what a client behind it gets, how it ends, and what is told. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ChannelOwner, ChannelServer, StagedChannel, selfSignedCertificate } from '@antivenom/testkit';

const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

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

for (const tunnel of [false, true]) {
  test(`a client asks for original addresses, ${tunnel ? 'through a tunnel' : 'whole'}, and gets what is proved`, async () => {
    const { outcome, status, stderr } = await channel.execClient({
      get: ['noarch/repodata.json', PACKAGE, 'linux-64/none-1-0.conda'].map((path) => `${channel.url}/${path}`),
      tunnel,
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.deepEqual(
      outcome?.got.map((answer) => answer.status),
      [200, 200, 404],
    );
    assert.equal(outcome?.got[0]?.body, await readFile(join(channel.folder, 'noarch/repodata.json'), 'utf8'));
    const agents = new Set(channel.server.requests.map(({ headers }) => headers['user-agent']?.replace(/\/.*/, '')));
    assert.deepEqual([...agents], ['antivenom'], 'nobody else asked the server');
  });
}

test('a channel on https is spoken for by an authority that the command alone is given', async () => {
  const tls = selfSignedCertificate('localhost');
  await using server = await ChannelServer.start(owner.place, { tls });
  const url = `https://localhost:${server.port}/good`;
  await using secure = await StagedChannel.of(owner, { trust: 'nothing' });
  const certificate = join(secure.cwd, 'certificate.pem');
  await writeFile(certificate, tls.certificate);
  secure.env = { NODE_EXTRA_CA_CERTS: certificate };
  await secure.accept('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
  const prefix = join(secure.cwd, 'env');
  const plan = { get: [`${url}/noarch/repodata.json`, `https://localhost:9443/good/noarch/repodata.json`] };
  const told = await secure.execClient(
    { ...plan, install: [{ url: `${url}/${PACKAGE}`, prefix }] },
    '--environment',
    prefix,
  );
  assert.equal(told.status, 0, told.stderr);
  const [index, other, file] = told.outcome?.got ?? [];
  assert.equal(index?.body, await readFile(join(owner.folder, 'noarch/repodata.json'), 'utf8'));
  assert.match(other?.body ?? '', /403/);
  assert.equal(file?.status, 200);
  const record = JSON.parse(await readFile(join(prefix, 'conda-meta/beta-2.0-h2_0.json'), 'utf8'));
  assert.equal(record.url, `${url}/${PACKAGE}`);
  // Node takes the authority by NODE_EXTRA_CA_CERTS; without, it does not know who signed.
  const alone = ['env', '-u', 'NODE_EXTRA_CA_CERTS', process.execPath, '-e', `fetch('${url}/noarch/repodata.json')`];
  const without = await secure.exec(alone);
  assert.match(without.stderr, /UNABLE_TO_VERIFY|unable to verify|SELF_SIGNED|self-signed/i);
});

test('what was installed names the original address, and is proved; from a warm cache too', async () => {
  const url = `${channel.url}/${PACKAGE}`;
  const prefix = join(channel.cwd, 'env');
  const installed = await channel.execClient({ install: [{ url, prefix }] }, '--environment', prefix);
  assert.equal(installed.status, 0, installed.stderr);
  const record = JSON.parse(await readFile(join(prefix, 'conda-meta/beta-2.0-h2_0.json'), 'utf8'));
  assert.equal(record.url, url);
  assert.equal(
    record.sha256,
    createHash('sha256')
      .update(await readFile(join(channel.folder, PACKAGE)))
      .digest('hex'),
  );
  const warm = join(channel.cwd, 'warm');
  const again = { url, prefix: warm, from: record.link.source, sha256: record.sha256 };
  assert.equal((await channel.execClient({ install: [again] }, '--environment', warm)).status, 0);
  const other = { ...again, prefix: join(channel.cwd, 'other'), sha256: '0'.repeat(64) };
  const refused = await channel.execClient({ install: [other] }, '--environment', other.prefix);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^antivenom: refused beta-2\.0-h2_0, .* has not the SHA-256/m);
});

test('a refused package is told by the proxy, and named at the end', async () => {
  await using tampered = await StagedChannel.of(owner);
  await tampered.edit(PACKAGE, (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
  const { outcome, status, stderr } = await tampered.execClient({ get: [`${tampered.url}/${PACKAGE}`], exit: 7 });
  assert.equal(outcome?.got[0]?.status, 502);
  assert.equal(outcome?.got[0]?.type, 'application/problem+json');
  assert.equal(status, 7, 'the status of the command is its own');
  assert.match(stderr, /^antivenom: refused .*beta-2\.0-h2_0\.conda.* \(length-mismatch\)$/m);
});

test('a channel that is not trusted is refused, with how to add it, and let through by name alone', async () => {
  await using stranger = await StagedChannel.of(owner, { trust: 'nothing' });
  const index = `${stranger.url}/noarch/repodata.json`;
  const refused = await channel.execClient({ get: [index, `${stranger.url}/${PACKAGE}`] });
  assert.deepEqual(
    refused.outcome?.got.map((answer) => answer.status),
    [451, 403],
  );
  for (const { body } of refused.outcome?.got ?? []) {
    assert.equal(JSON.parse(body).code, 'not-trusted');
    assert.match(JSON.parse(body).hint, /antivenom trust add http.*\/good --fingerprint/);
  }
  const lines = refused.stderr.match(/^antivenom: refused .*$/gm);
  assert.equal(lines?.length, 1, refused.stderr);
  assert.match(lines[0] ?? '', new RegExp(`refused ${stranger.url} is no channel`));

  const prefix = join(channel.cwd, 'untrusted');
  const plan = { get: [index], install: [{ url: `${stranger.url}/${PACKAGE}`, prefix }] };
  const allowed = await channel.execClient(plan, '--allow-untrusted', stranger.url, '--environment', prefix);
  assert.equal(allowed.status, 0, allowed.stderr);
  assert.equal(allowed.outcome?.got[0]?.body, await readFile(join(owner.folder, 'noarch/repodata.json'), 'utf8'));
  assert.match(allowed.stderr, new RegExp(`warning: ${stranger.url} is let through unverified`));
  const stays = await channel.execClient({ get: [`${channel.url}/${PACKAGE}`] }, '--allow-untrusted', channel.url);
  assert.match(stays.stderr, /is trusted: it stays verified/);
});

test('nothing but channels is reached, and a label of a channel is another channel', async () => {
  const { port } = channel.server;
  const urls = [
    `${channel.server.url}/file`,
    'http://pypi.invalid/simple/',
    `${channel.url}/label/dev/noarch/repodata.json`,
  ];
  const asked = channel.server.requests.length;
  const { outcome } = await channel.execClient({ get: [...urls, `http://127.0.0.1:${port}/good/../secret/x.json`] });
  assert.ok(outcome?.got.every(({ status }) => status === 451));
  assert.equal(channel.server.requests.length, asked);
});
