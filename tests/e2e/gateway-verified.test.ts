/** `verify channel` before a gateway, and before a server that says that it is one so that less is looked at. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  editIndex,
  KeyThief,
  type RunningGateway,
  recordOf,
  runAntivenom,
  StagedChannel,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const BETA = 'beta-2.0-h2_0.conda';
let homes = 0;

/** What a consumer is told who trusts the channel under the gateway's address. */
async function verified(gateway: RunningGateway, channel: StagedChannel, ...more: string[]) {
  const home = `${channel.home}-${homes++}`;
  const run = (...argv: string[]) => runAntivenom([...argv, '--home', home], { cwd: channel.cwd, env: {} });
  const url = `${gateway.url}/good`;
  const trusted = await run('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
  assert.equal(trusted.status, 0, trusted.stderr);
  return run('verify', 'channel', url, ...more);
}

/** A server that says of everything that a gateway made it. */
function claim(channel: StagedChannel): void {
  channel.server.answerAll(() => ({ headers: { 'antivenom-gateway': 'good' } }));
}

test('a gateway that leaves nothing out is proved as the channel itself, and said to be one', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  const { status, stdout } = await verified(gateway, channel, '--json');
  assert.equal(status, 0, stdout);
  const { gateway: selections, warnings, records } = JSON.parse(stdout);
  assert.deepEqual([selections, records.total], [[], 4]);
  assert.match(warnings.join(), /is a gateway.*leaves no record out/);
  const direct = await channel.verify();
  assert.equal(direct.document.gateway, undefined);
});

test('a gateway that leaves records out is proved by its hash-prefixed names, and its own names are told', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    delete index.signatures[BETA];
    index.info.base_url = './';
  });
  await thief.republish(channel.folder);
  channel.server.answerAll((path) => (path.endsWith('repodata.json.bz2') ? { status: 404 } : undefined));
  const rule = `{name: x, url: "${channel.url}", require: [index, record]}`;
  await using gateway = await channel.gateway(...(await channel.policy(`channels: [${rule}]`)));
  const { status, stdout } = await verified(gateway, channel, '--json');
  assert.equal(status, 0, stdout);
  const { gateway: selections, warnings, records, behind } = JSON.parse(stdout);
  const names = selections.map(({ file }: { file: string }) => file);
  for (const form of ['repodata.json', 'repodata.json.bz2', 'current_repodata.json', 'repodata_shards.msgpack.zst']) {
    assert.ok(names.includes(`linux-64/${form}`), form);
    assert.ok(!names.includes(`noarch/${form}`), form);
  }
  assert.deepEqual([records.total, behind], [4, []]);
  assert.match(warnings.join(), /is a gateway.*ordinary names hold what it chooses to offer/);
  const told = await verified(gateway, channel);
  assert.match(told.stderr, /is a gateway/);
});

test('a server that says that it is a gateway is refused for a record that is changed, added or leads elsewhere', async () => {
  const evil: readonly (readonly [code: string, subdir: string, edit: Parameters<typeof editIndex>[2]])[] = [
    ['forms-differ', 'linux-64', (index) => Object.assign(recordOf(index, BETA), { depends: ['evil'] })],
    [
      'forms-differ',
      'noarch',
      (index) => Object.assign(index['packages.conda'], { 'evil-1-0.conda': { name: 'evil' } }),
    ],
    ['unsafe-index', 'linux-64', ({ info }) => Object.assign(info, { base_url: 'https://evil.example/' })],
    [
      'unsafe-index',
      'noarch',
      ({ info }) => Object.assign(info, { channel_relations: { base: ['https://evil.example'] } }),
    ],
  ];
  for (const [code, subdir, edit] of evil) {
    await using channel = await StagedChannel.of(owner);
    claim(channel);
    assert.equal((await channel.verify()).status, 0);
    await editIndex(channel.folder, subdir, edit);
    const { status, document, stdout } = await channel.verify();
    assert.equal(status, 1, stdout);
    const codes = new Map(
      document.refused.map((refused: { file: string; code: string }) => [refused.file, refused.code]),
    );
    for (const form of ['repodata.json', 'repodata.json.zst', 'repodata_shards.msgpack.zst']) {
      if (code === 'unsafe-index' && form.includes('shards')) continue;
      assert.equal(codes.get(`${subdir}/${form}`), code, `${form}: ${stdout}`);
    }
  }
});

test('a server that says that it is a gateway may hide a record, is told so, and serves no other subdir or file', async () => {
  await using channel = await StagedChannel.of(owner);
  claim(channel);
  await editIndex(channel.folder, 'linux-64', (index) => {
    delete index['packages.conda'][BETA];
  });
  const { status, document } = await channel.verify();
  assert.equal(status, 0);
  assert.match(document.warnings.join(), /says that it is a gateway/);
  for (const path of ['win-64/repodata.json', 'notices.json', 'linux-64/patch_instructions.json']) {
    channel.answer(path, { body: '{"packages": {}}', headers: { 'antivenom-gateway': 'good' } });
    const refused = await channel.verify();
    assert.equal(refused.status, 1, path);
    assert.deepEqual([refused.document.code, refused.document.refused[0].file], ['not-listed', path]);
    channel.answer(path, { status: 404 });
  }
});
