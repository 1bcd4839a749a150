/** The gateway behind a network that fails: nothing unverified is served or kept, and it recovers alone. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelOwner, RunningGateway, StagedChannel } from '@antivenom/testkit';
import { type Fault, FaultProxy, toxiproxy } from './fault-proxy.ts';

const tool = toxiproxy === undefined ? { skip: 'ANTIVENOM_INTEROP_TOXIPROXY is not set' } : {};
const INDEXES = ['linux-64/repodata.json', 'noarch/repodata.json.zst', 'noarch/repodata_shards.msgpack.zst'];
const PACKAGES = ['linux-64/alpha-1.0-h1_0.conda', 'linux-64/beta-2.0-h2_0.conda', 'noarch/gamma-3.0-0.conda'];

describe('a gateway behind a network that fails', tool, () => {
  let owner: ChannelOwner;
  before(async () => {
    owner = await ChannelOwner.make();
  });
  after(() => owner.remove());

  interface Setting extends AsyncDisposable {
    readonly channel: StagedChannel;
    readonly proxy: FaultProxy;
    start(): Promise<RunningGateway>;
  }

  async function behindFaults(): Promise<Setting> {
    const channel = await StagedChannel.of(owner, { trust: 'nothing' });
    const proxy = await FaultProxy.before(channel.server.url);
    const url = `${proxy.url}/good`;
    await channel.accept('trust', 'add', url, '--fingerprint', owner.rootFingerprint);
    const argv = ['--channel', `good=${url}`, '--home', channel.home, '--refresh', '1s'];
    return {
      channel,
      proxy,
      start: () => RunningGateway.start(argv, { cwd: channel.cwd, env: {} }),
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await channel[Symbol.asyncDispose]();
      },
    };
  }

  /** Whole and right, or a problem of the network. @returns whether it was served */
  async function ask(gateway: RunningGateway, { folder }: StagedChannel, path: string): Promise<boolean> {
    const { status, body, headers } = await gateway.ask(`/good/${path}`);
    if (status === 200) assert.deepEqual(body, await readFile(join(folder, path)), path);
    else {
      assert.ok([502, 504].includes(status), `${path}: ${status} ${body}`);
      assert.equal(headers['content-type'], 'application/problem+json');
    }
    return status === 200;
  }

  async function assertServesAll(gateway: RunningGateway, channel: StagedChannel): Promise<void> {
    for (const path of [...INDEXES, ...PACKAGES]) assert.ok(await ask(gateway, channel, path), path);
  }

  /** Each file of the cache is what its name says. */
  async function assertCacheIsSound({ home }: StagedChannel): Promise<void> {
    const folder = join(home, 'cache/sha256');
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.includes('/')) continue;
      const found = createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex');
      assert.equal(found, name.slice(name.indexOf('/') + 1));
    }
  }

  const FAULTS: readonly Fault[] = [
    { type: 'reset_peer', attributes: { timeout: 0 } },
    { type: 'reset_peer', attributes: { timeout: 0 }, toxicity: 0.5 },
    { type: 'limit_data', attributes: { bytes: 400 } },
    { type: 'limit_data', attributes: { bytes: 0 } },
  ];

  for (const fault of FAULTS) {
    const { type, attributes, toxicity = 1 } = fault;
    test(`serves what is verified, and recovers alone, where ${type} ${JSON.stringify(attributes)} ${toxicity}`, async () => {
      await using set = await behindFaults();
      const { channel, proxy } = set;
      await using gateway = await set.start();
      assert.ok(await ask(gateway, channel, PACKAGES[0]!));
      await proxy.cause(fault);
      for (const path of [...INDEXES, PACKAGES[0]!]) assert.ok(await ask(gateway, channel, path), path);
      const served = await Promise.all(PACKAGES.slice(1).map((path) => ask(gateway, channel, path)));
      if (toxicity === 1) assert.deepEqual(served, [false, false]);
      await assertCacheIsSound(channel);
      await proxy.mend();
      await assertServesAll(gateway, channel);
      assert.equal((await gateway.refresh('good')).ok, true);
    });
  }

  test('takes a slow network for what it is, and lets nobody wait who asks for what is verified', async () => {
    await using set = await behindFaults();
    const { channel, proxy } = set;
    await proxy.cause({ type: 'latency', attributes: { latency: 20, jitter: 20 } });
    await using gateway = await set.start();
    await proxy.mend();
    await proxy.cause({ type: 'bandwidth', attributes: { rate: 1 } });
    let arrived = false;
    const slow = ask(gateway, channel, PACKAGES[1]!).then((isServed) => {
      arrived = true;
      return isServed;
    });
    while (!channel.server.requests.some(({ path }) => path.endsWith(PACKAGES[1]!))) await sleep(5);
    for (const path of INDEXES) assert.ok(await ask(gateway, channel, path));
    assert.equal(arrived, false, 'the indexes were served while the package was on its way');
    assert.equal(await slow, true);
  });

  test('is started while the channel does not answer, and serves it once it does', async () => {
    await using set = await behindFaults();
    const { channel, proxy } = set;
    await proxy.cause({ type: 'reset_peer', attributes: { timeout: 0 } });
    await using gateway = await set.start();
    assert.equal((await gateway.ask('/readyz')).status, 503);
    assert.equal((await gateway.json(`/good/${INDEXES[0]}`, 504)).code, 'unreachable');
    await proxy.mend();
    while ((await gateway.ask('/readyz')).status !== 200) await sleep(50);
    await assertServesAll(gateway, channel);
  });

  test('killed under load it has served and kept nothing but what is verified, and starts again on what it kept', async () => {
    await using set = await behindFaults();
    const { channel, proxy } = set;
    await proxy.cause({ type: 'latency', attributes: { latency: 5, jitter: 5 } });
    let answers = 0;
    for (let round = 0; round < 4; round++) {
      const gateway = await set.start();
      let killed = false;
      const clients = Array.from({ length: 8 }, async (_, at) => {
        const paths = [...PACKAGES, ...INDEXES];
        for (let turn = at; !killed; turn++) {
          // What is cut off by the kill is no answer.
          const path = paths[turn % paths.length]!;
          const answer = await gateway.ask(`/good/${path}`).catch(() => undefined);
          if (answer === undefined) continue;
          answers++;
          assert.equal(answer.status, 200, String(answer.body));
          assert.deepEqual(answer.body, await readFile(join(channel.folder, path)), path);
        }
      });
      const enough = answers + 20 * round + 3;
      while (answers < enough) await sleep(1);
      await gateway.kill();
      killed = true;
      await Promise.all(clients);
      await assertCacheIsSound(channel);
    }
    await using gateway = await set.start();
    await assertServesAll(gateway, channel);
  });
});
