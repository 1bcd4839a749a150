/** `check-records` by its protocol, over a web server, as the plugin of a package manager uses it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, type Document, editIndex, recordOf, StagedChannel } from '@antivenom/testkit';
import { ALPHA, BETA, GAMMA, recordIn } from './client-records.ts';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const beta = await recordIn(owner.folder, BETA);
const gamma = await recordIn(owner.folder, GAMMA);

test('answers for records and files of an honest channel, whole and in order, and ends with its input', async () => {
  await using channel = await StagedChannel.of(owner);
  const client = channel.startRecordClient();
  const hello = await client.ask('hello', { protocol: 1, client: 'conda-antivenom/0.1 conda/26.7' });
  assert.equal(hello.protocol, 1);
  assert.match(hello.version, /^\d+\.\d+/);
  const answer = await client.ask('check', {
    records: [
      { url: `${channel.url}/${BETA}`, record: { ...beta, channel: `${channel.url}/linux-64` } },
      { url: `${channel.url}/${GAMMA}`, record: { ...gamma, url: `${channel.url}/${GAMMA}` }, origin: 'archive' },
    ],
  });
  assert.deepEqual(answer, {
    id: 2,
    ok: true,
    exit: 0,
    verdicts: [
      [BETA, beta],
      [GAMMA, gamma],
    ].map(([file, { sha256, size }]) => {
      return { ok: true, exit: 0, file, channel: channel.url, sha256, size, evidence: ['index', 'record'] };
    }),
  });
  const { sha256, size } = beta;
  const file = { sha256, size };
  const proved = { ok: true, exit: 0, file: BETA, channel: channel.url, ...file, evidence: ['index', 'record'] };
  const asked = [
    { url: `${channel.url}/${BETA}`, ...file },
    { channels: ['https://other.example/x', `${channel.url}/`], file: 'beta-2.0-h2_0.conda', ...file },
    { channels: [channel.url], subdirs: ['noarch', 'linux-64'], file: 'beta-2.0-h2_0.conda', sha256 },
  ];
  for (const [at, question] of asked.entries()) {
    assert.deepEqual(await client.ask('check-file', question), { id: 3 + at, ...proved });
  }
  assert.deepEqual(await client.ask('check', { records: [] }), { id: 6, ok: true, exit: 0, verdicts: [] });
  assert.deepEqual(await client.end(), { status: 0, stderr: '' });
});

test('refuses a record of which any member was changed, naming it', async () => {
  await using channel = await StagedChannel.of(owner);
  await using client = channel.startRecordClient();
  const changes = {
    ...{ name: 'alpha', version: '2.1', build: 'h2_1', build_number: 7, subdir: 'noarch', fn: 'alpha-1.0-h1_0.conda' },
    ...{ depends: [], constrains: ['x'], license: 'GPL', noarch: 'python', track_features: 'x', features: 'x' },
    ...{ sha256: '0'.repeat(64), md5: '0'.repeat(32), size: 1, timestamp: 1 },
    ...{ url: `${channel.url}/${ALPHA}`, channel: 'https://channel.example/bad' },
  };
  const url = `${channel.url}/${BETA}`;
  for (const [member, value] of Object.entries(changes)) {
    const verdict = await client.check(url, { ...beta, [member]: value });
    assert.deepEqual([verdict.code, verdict.exit, verdict.details.member], ['record-differs', 1, member]);
  }
  const lacking = await client.check(url, { ...beta, depends: undefined });
  assert.deepEqual([lacking.code, lacking.details.member], ['record-differs', 'depends']);
  const nameless = await client.check(url, { ...beta, sha256: null });
  assert.deepEqual([nameless.ok, nameless.sha256], [true, beta.sha256], 'the archive is held against the verdict then');
});

test('refuses a genuine record under another file, subdir or channel', async () => {
  await using channel = await StagedChannel.of(owner);
  await using client = channel.startRecordClient();
  const cases: [path: string, record: object, code: string][] = [
    [ALPHA, beta, 'record-differs'],
    [BETA.replace('linux-64', 'noarch'), beta, 'not-listed'],
    [BETA.replace('linux-64', 'win-64'), beta, 'not-listed'],
    [BETA.replace('2.0', '9.0'), beta, 'not-listed'],
    [`label/dev/${BETA}`, beta, 'not-trusted'],
    [BETA.replace('linux-64', '..%2fgood%2flinux-64'), beta, 'not-listed'],
    [BETA.replace('beta', '..%2fbeta'), beta, 'unsafe-name'],
    ['linux-64/beta.whl', beta, 'malformed'],
    [`${BETA}?x`, beta, 'usage'],
  ];
  for (const [path, record, code] of cases) {
    assert.equal((await client.check(`${channel.url}/${path}`, record)).code, code, path);
  }
  const strange = await client.check(`https://user:secret@other.example/t/token/x/${BETA}`, beta);
  assert.equal(strange.code, 'not-trusted');
  assert.match(strange.hint, /trust add https:\/\/other\.example\/x --fingerprint/);
  assert.doesNotMatch(JSON.stringify(strange), /secret|token/);
  const all = await client.ask('check', {
    records: [
      { url: `${channel.url}/${GAMMA}`, record: gamma },
      { url: `${channel.url}/${ALPHA}`, record: beta },
      { url: `https://other.example/x/${BETA}`, record: beta },
    ],
  });
  assert.deepEqual(
    [all.exit, all.code, ...all.verdicts.map(({ code }: Document) => code)],
    [1, 'record-differs', undefined, 'record-differs', 'not-trusted'],
  );
});

test('refuses files whose bytes are not those of the record', async () => {
  await using channel = await StagedChannel.of(owner);
  await using client = channel.startRecordClient();
  const file = 'beta-2.0-h2_0.conda';
  const { sha256, size } = beta;
  const cases: [question: Record<string, unknown>, code: string][] = [
    [{ url: `${channel.url}/${BETA}`, sha256: gamma.sha256 }, 'hash-mismatch'],
    [{ url: `${channel.url}/${BETA}`, sha256, size: size + 1 }, 'length-mismatch'],
    [{ url: `${channel.url}/${BETA}`, sha256, file: 'alpha-1.0-h1_0.conda' }, 'usage'],
    [{ url: `${channel.url}/noarch/${file}`, sha256 }, 'not-listed'],
    [{ channels: [channel.url], file, sha256: gamma.sha256 }, 'hash-mismatch'],
    [{ channels: [channel.url], file, sha256, subdirs: ['noarch'] }, 'not-listed'],
    [{ channels: ['https://other.example/x'], file, sha256 }, 'not-trusted'],
    [{ channels: [channel.url], file: '../x.conda', sha256 }, 'unsafe-name'],
  ];
  for (const [question, code] of cases) {
    assert.equal((await client.ask('check-file', question)).code, code, JSON.stringify(question));
  }
});

test('asks for record evidence where the policy does', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await channel.policy(
    `channels: [{name: good, url: "${channel.url}", require: [index, record]}]\n` +
      `packages: [{match: "internal-*", channel: good}]\n`,
  );
  await using strict = channel.startRecordClient(...policy, '--allow-untrusted', 'https://other.example/x');
  assert.equal((await strict.check(`${channel.url}/${BETA}`, beta)).ok, true);
  const other = 'https://other.example/x/noarch';
  const lured = await strict.check(`${other}/internal-a-1.0-0.conda`, { name: 'internal-a' });
  assert.equal(lured.code, 'policy-refused', 'a name that is bound to one channel passes from no other');
});

test('refuses where the policy asks for record evidence that the channel does not have', async () => {
  const own = await ChannelOwner.make({ init: ['--for', 'none'] });
  after(() => own.remove());
  await using unsigned = await StagedChannel.of(own);
  const wanted = await unsigned.policy(`channels: [{name: good, url: "${unsigned.url}", require: [index, record]}]\n`);
  await using refusing = unsigned.startRecordClient(...wanted);
  assert.equal((await refusing.check(`${unsigned.url}/${BETA}`, beta)).code, 'policy-refused');
});

test('proves records one by one where the channel has nothing else, and says what that lacks', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  const client = channel.startRecordClient();
  const verdict = await client.check(`${channel.url}/${BETA}`, beta);
  assert.deepEqual([verdict.ok, verdict.evidence], [true, ['record']]);
  assert.match(verdict.warning, /an old index, or one with records left out, would pass/);
  await client.end();
  await editIndex(channel.folder, 'linux-64', (index) => {
    recordOf(index, 'beta-2.0-h2_0.conda').depends = ['evil'];
    delete index.signatures['alpha-1.0-h1_0.conda'];
  });
  await using tampered = channel.startRecordClient();
  const evil = await tampered.check(`${channel.url}/${BETA}`, { ...beta, depends: ['evil'] });
  assert.equal(evil.code, 'bad-signature');
  const alpha = await tampered.check(`${channel.url}/${ALPHA}`, await recordIn(owner.folder, ALPHA));
  assert.equal(alpha.code, 'threshold-not-met');
});

test('lets through unverified the one channel that is named, as long as nobody trusts it', async () => {
  await using channel = await StagedChannel.of(owner);
  const other = 'https://other.example/x';
  const allowed = ['--allow-untrusted', `${other}/`, '--allow-untrusted', channel.url];
  await using client = channel.startRecordClient(...allowed);
  const url = `https://u:secret@other.example/t/token/x/${BETA}`;
  const verdict = await client.check(url, { ...beta, depends: ['anything'] });
  assert.deepEqual(
    { ...verdict, warning: undefined },
    { ok: true, exit: 0, file: BETA, channel: other, evidence: [], warning: undefined },
  );
  assert.match(verdict.warning, /^https:\/\/other\.example\/x is not trusted: .* unverified$/);
  assert.equal((await client.check(url, { ...beta, name: 'alpha' })).code, 'record-differs');
  assert.equal((await client.check(`https://other.example/y/${BETA}`, beta)).code, 'not-trusted');
  assert.equal((await client.check(`${channel.url}/${BETA}`, { ...beta, size: 1 })).code, 'record-differs');
  const sha256 = '0'.repeat(64);
  assert.deepEqual((await client.ask('check-file', { url, sha256 })).evidence, []);
  const file = { channels: [channel.url, other], sha256 };
  const nowhere = await client.ask('check-file', { ...file, file: 'zeta-1-0.conda' });
  assert.equal(nowhere.code, 'not-listed', 'a file that nothing says is from there is not let through');
  assert.equal((await client.ask('check-file', { ...file, file: 'beta-2.0-h2_0.conda' })).code, 'hash-mismatch');
  const alone = { channels: [other], sha256, file: 'zeta-1-0.conda' };
  assert.equal((await client.ask('check-file', alone)).code, 'not-trusted');
});
