/** What the gateway leaves out of an index: records that would be refused are in no form of it, and the rest is as before. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readShard, readShardIndex, SHARD_INDEX, shardFileName } from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import {
  ChannelOwner,
  ChannelServer,
  editIndex,
  type GatewayAnswer,
  KeyThief,
  type RunningGateway,
  recordOf,
  StagedChannel,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const LIMITS = { maxBytes: 1e6, maxDepth: 20 };
const BETA = 'beta-2.0-h2_0.conda';
const ALPHA = ['alpha-1.0-h1_0.conda', 'alpha-1.0-h1_0.tar.bz2'];

async function get(gateway: RunningGateway, path: string): Promise<GatewayAnswer> {
  const answer = await gateway.ask(`/good/${path}`);
  assert.equal(answer.status, 200, `${path}: ${answer.body}`);
  assert.equal(answer.headers.etag, `"${createHash('sha256').update(answer.body).digest('hex')}"`);
  return answer;
}

function contentOf(name: string, body: Uint8Array): string {
  if (name.endsWith('.zst')) return String(Buffer.from(nodeDecompression.zstdSync(body, 1e6)));
  if (name.endsWith('.bz2')) return String(Buffer.from(nodeDecompression.bzip2Sync(body, 1e6)));
  return String(body);
}

/** The files that a subdir offers, which every form must agree on. */
async function offered(gateway: RunningGateway, subdir: string, filtered: number): Promise<string[]> {
  const lists: string[][] = [];
  for (const base of ['repodata.json', 'current_repodata.json']) {
    for (const name of [base, `${base}.zst`, `${base}.bz2`]) {
      const { body, headers } = await get(gateway, `${subdir}/${name}`);
      assert.equal(headers['antivenom-filtered'], filtered === 0 ? undefined : String(filtered), name);
      if (filtered > 0) assert.match(String(headers['link']), /\/api\/v1\/channels\/good\/left-out/);
      const { packages, 'packages.conda': conda, signatures = {} } = JSON.parse(contentOf(name, body));
      const files = [...Object.keys(packages), ...Object.keys(conda)].sort();
      const strangers = Object.keys(signatures).filter((file) => !files.includes(file));
      assert.deepEqual(strangers, [], `${name} has signatures of what it does not list`);
      if (base === 'repodata.json') lists.push(files);
      else
        assert.ok(
          files.every((file) => lists[0]?.includes(file)),
          name,
        );
    }
  }
  const shardIndex = await get(gateway, `${subdir}/${SHARD_INDEX}`);
  const { shards } = readShardIndex(nodeDecompression.zstdSync(shardIndex.body, 1e6), LIMITS);
  const sharded: string[] = [];
  for (const [name, sha256] of shards) {
    const { body, headers } = await get(gateway, `${subdir}/${shardFileName(sha256)}`);
    assert.match(String(headers['cache-control']), /immutable/);
    const reading = { crypto: nodeCrypto, decompression: nodeDecompression, maxLength: 1e6, limits: LIMITS };
    sharded.push(...readShard(body, name, sha256, reading).records.map(({ file }) => file));
  }
  lists.push(sharded.sort());
  for (const list of lists) assert.deepEqual(list, lists[0]);
  return lists[0] ?? [];
}

test('leaves nothing out where nothing is asked for but what the index gives', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  assert.deepEqual(await offered(gateway, 'linux-64', 0), [...ALPHA, BETA]);
});

test('leaves out what is unsigned where the policy asks for record evidence, and says so', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    delete index.signatures[BETA];
  });
  await thief.republish(channel.folder);
  const rule = `{name: x, url: "${channel.url}", require: [index, record]}`;
  await using gateway = await channel.gateway(...(await channel.policy(`channels: [${rule}]`)));
  assert.deepEqual(await offered(gateway, 'linux-64', 1), ALPHA);
  assert.deepEqual(await offered(gateway, 'noarch', 0), ['gamma-3.0-0.conda']);
  const { leftOut } = await gateway.json('/api/v1/channels/good/left-out');
  assert.deepEqual(
    leftOut.map(({ file, code }: Record<string, string>) => [file, code]),
    [[`linux-64/${BETA}`, 'policy-refused']],
  );
  const problem = await gateway.json(`/good/linux-64/${BETA}`, 403);
  assert.equal(problem.code, 'policy-refused');
  assert.match(problem.detail, /record evidence/);
  assert.equal((await gateway.ask(`/good/linux-64/${ALPHA[0]}`)).status, 200);
  // The owner's own bytes stay under their hash, and match the metadata beside them.
  const path = 'linux-64/repodata.json';
  const signed = await readFile(join(channel.folder, path));
  const sha256 = createHash('sha256').update(signed).digest('hex');
  assert.deepEqual((await get(gateway, `tuf/targets/linux-64/${sha256}.repodata.json`)).body, signed);
  // Without the policy the very same channel offers it.
  await using lenient = await channel.gateway();
  assert.deepEqual(await offered(lenient, 'linux-64', 0), [...ALPHA, BETA]);
  const { refusals } = await gateway.json('/api/v1/channels/good/refusals');
  assert.deepEqual(
    refusals.map(({ file, status, client }: Record<string, unknown>) => [file, status, client]),
    [[`linux-64/${BETA}`, 403, '127.0.0.1']],
  );
  assert.match(
    String((await gateway.ask('/metrics')).body),
    /refusals_total\{channel="good",code="policy-refused"\} 1/,
  );
});

test('leaves out names that the policy binds to another channel', async () => {
  await using channel = await StagedChannel.of(owner);
  const policy = await channel.policy(`channels:
  - {name: internal, url: "https://internal.example/x"}
packages:
  - {match: "alph*", channel: internal}
`);
  await using gateway = await channel.gateway(...policy);
  assert.deepEqual(await offered(gateway, 'linux-64', 2), [BETA]);
  assert.equal((await gateway.json(`/good/linux-64/${ALPHA[1]}`, 403)).code, 'policy-refused');
});

test('leaves out a signature that is none, a record without a hash, and a name that leads elsewhere', async () => {
  await using channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    for (const signature of Object.values<{ signature: string }>(index.signatures[BETA] ?? {})) {
      signature.signature = 'ab'.repeat(64);
    }
    for (const file of ALPHA) delete recordOf(index, file)?.sha256;
    index['packages.conda']['..%2fevil-1-0.conda'] = { ...recordOf(index, BETA), name: '..%2fevil' };
  });
  await editIndex(channel.folder, 'noarch', (index) => {
    recordOf(index, 'gamma-3.0-0.conda').url = 'https://evil.example/gamma-3.0-0.conda';
  });
  await thief.republish(channel.folder);
  await using gateway = await channel.gateway();
  assert.deepEqual(await offered(gateway, 'linux-64', 4), []);
  assert.deepEqual(await offered(gateway, 'noarch', 1), []);
  for (const path of [`linux-64/${BETA}`, `linux-64/${ALPHA[0]}`, 'noarch/gamma-3.0-0.conda']) {
    await gateway.json(`/good/${path}`, 403);
  }
});

test('turns addresses within the channel into its own, and drops what pulls in other channels', async () => {
  await using channel = await StagedChannel.of(owner);
  for (const base of [`${channel.url}/linux-64/`, './', '../linux-64']) {
    await editIndex(channel.folder, 'linux-64', (index) => {
      index.info.base_url = base;
      index.info.channel_relations = { base: ['https://evil.example/x'] };
      index.info.virtual_package_detectors = [{ name: '__evil' }];
    });
    await thief.republish(channel.folder);
    await using gateway = await channel.gateway();
    assert.deepEqual(await offered(gateway, 'linux-64', 0), [...ALPHA, BETA]);
    for (const name of ['repodata.json', 'current_repodata.json.zst', SHARD_INDEX]) {
      const content = contentOf(name, (await get(gateway, `linux-64/${name}`)).body);
      assert.doesNotMatch(content, new RegExp(`evil|relations|detectors|${new URL(channel.url).port}`), name);
    }
    assert.equal((await gateway.ask(`/good/linux-64/${BETA}`)).status, 200, base);
  }
  await editIndex(channel.folder, 'linux-64', (index) => {
    index.info.base_url = 'https://evil.example/linux-64';
  });
  await thief.republish(channel.folder);
  await using refusing = await channel.gateway();
  for (const path of ['linux-64/repodata.json', 'noarch/repodata.json']) {
    assert.equal((await refusing.json(`/good/${path}`, 451)).code, 'unsafe-index');
  }
});

test('takes packages from another host where the policy names it, and sends no client there', async () => {
  await using channel = await StagedChannel.of(owner);
  await using cdn = await ChannelServer.start(channel.folder);
  await editIndex(channel.folder, 'linux-64', (index) => {
    index.info.base_url = `${cdn.url}/linux-64/`;
  });
  await thief.republish(channel.folder);
  channel.answer(`linux-64/${BETA}`, { status: 404 });
  const rule = (hosts: string) => `channels: [{name: x, url: "${channel.url}", allowHosts: [${hosts}]}]`;
  await using gateway = await channel.gateway(...(await channel.policy(rule(`"${new URL(cdn.url).host}"`))));
  assert.deepEqual(await offered(gateway, 'linux-64', 0), [...ALPHA, BETA]);
  const { body } = await get(gateway, 'linux-64/repodata.json');
  assert.doesNotMatch(String(body), new RegExp(String(cdn.port)));
  assert.equal((await gateway.ask(`/good/linux-64/${BETA}`)).status, 200);
  await using other = await channel.gateway(...(await channel.policy(rule('cdn.example'))));
  await other.json('/good/linux-64/repodata.json', 451);
});
