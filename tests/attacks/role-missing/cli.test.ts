/** Role files that are not there, or that the server gives no answer about. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  type CannedAnswer,
  ChannelOwner,
  ChannelServer,
  type Refusal,
  readRoles,
  StagedChannel,
} from '@antivenom/testkit';

const DAY = 86_400_000;
const owner = await ChannelOwner.make();
after(() => owner.remove());

const { index, snapshot, targets } = readRoles(owner.folder);
const ROLES: Readonly<Record<string, RegExp>> = {
  timestamp: /\/tuf\/timestamp\.json$/,
  snapshot: RegExp(`/tuf/${snapshot.version}\\.snapshot\\.json$`),
  targets: RegExp(`/tuf/${targets.version}\\.targets\\.json$`),
  index: RegExp(`/tuf/${index.version}\\.index\\.json$`),
  key_mgr: /key_mgr\.json$/,
  '1.root': /\/cct\/.*1\.root\.json$/,
};
const SILENCES: Readonly<Record<string, CannedAnswer>> = {
  'an error': { status: 500 },
  'a cut connection': { reset: true },
};

// Each waits for repeated attempts: they wait together.
describe('role-missing', { concurrency: 12 }, () => {
  for (const [role, path] of Object.entries(ROLES)) {
    test(`a ${role} that is not there is a refusal`, async () => {
      await using channel = await StagedChannel.of(owner);
      channel.server.answerAll((asked) => (path.test(asked) ? { status: 404 } : undefined));
      const before = await channel.store();
      const { status, document } = await channel.verify();
      assert.deepEqual({ status, code: document.code }, { status: 1, code: 'missing' }, JSON.stringify(document));
      assert.match(document.message, RegExp(role));
      const kept = await channel.store();
      for (const [file, hash] of before) assert.equal(kept.get(file), hash, file);
    });

    for (const [what, answer] of Object.entries(SILENCES)) {
      test(`a ${role} that answers with ${what} leaves it open`, async () => {
        await using channel = await StagedChannel.of(owner);
        channel.server.answerAll((asked) => (path.test(asked) ? answer : undefined));
        const { status, document } = await channel.verify();
        assert.deepEqual({ status, code: document.code }, { status: 3, code: 'unreachable' }, JSON.stringify(document));
      });
    }
  }

  for (const [what, answer] of Object.entries(SILENCES)) {
    test(`${what} everywhere leaves it open while what is stored is unexpired, and is refused after`, async () => {
      await using channel = await StagedChannel.of(owner, { seen: true });
      channel.server.answerAll(() => answer);
      const argv = ['verify', 'channel', channel.url];
      await channel.refused({ status: 3, code: 'unreachable' }, ...argv);
      channel.clock = 4 * DAY;
      await channel.refused({ status: 1, code: 'expired' }, ...argv);
      channel.clock = 0;
      channel.server.answerAll(() => undefined);
      await channel.accept(...argv);
    });
  }

  test('so it is where nothing listens any more, and where trust is updated', async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    const { url } = channel;
    await channel.server.close();
    const open: Refusal = { status: 3, code: 'unreachable' };
    await channel.refused(open, 'verify', 'channel', url);
    await channel.refused(open, 'trust', 'update');
    channel.clock = 4 * DAY;
    await channel.refused({ status: 1, code: 'expired' }, 'verify', 'channel', url);
  });

  test('a first root that is not there, or not answered, is not added', async () => {
    const argv = (url: string) => ['trust', 'add', url, '--fingerprint', owner.rootFingerprint];
    for (const [answer, refusal] of [
      [{ status: 404 }, { status: 1, code: 'missing' }],
      [{ status: 500 }, { status: 3, code: 'unreachable' }],
    ] as const) {
      await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
      channel.answer('tuf/1.root.json', answer);
      await channel.refused(refusal, ...argv(channel.url));
      const { channels } = await channel.accept('trust', 'list');
      assert.deepEqual(channels, []);
    }
  });

  test('403 on the root that may be next counts as there being none', async () => {
    await using channel = await StagedChannel.of(owner);
    channel.answer('tuf/2.root.json', { status: 403 });
    await channel.accept('verify', 'channel', channel.url);
  });

  test('an error on the root that may be next leaves it open', async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    channel.answer('tuf/2.root.json', { status: 500 });
    await channel.refused({ status: 3, code: 'unreachable' }, 'verify', 'channel', channel.url);
  });

  test('a status that brings no file leaves it open', async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    for (const status of [204, 206, 304, 401, 403]) {
      channel.answer('tuf/timestamp.json', { status });
      await channel.refused({ status: 3, code: 'unreachable' }, 'verify', 'channel', channel.url);
    }
  });

  test('an error once is no refusal', async () => {
    await using channel = await StagedChannel.of(owner);
    channel.answer('tuf/timestamp.json', { status: 503 }, undefined);
    await channel.accept('verify', 'channel', channel.url);
  });

  test('a refusal by one authority outranks that another one does not answer', async () => {
    await using silent = await ChannelServer.start(owner.folder);
    await using refusing = await ChannelServer.start(owner.folder);
    const fingerprint = ['--fingerprint', owner.rootFingerprint];
    const trust = () => ['--metadata', silent.url, ...fingerprint];
    await using channel = await StagedChannel.of(owner, { trust });
    await channel.accept('trust', 'add', channel.url, '--metadata', refusing.url, ...fingerprint);
    await channel.accept('verify', 'channel', channel.url);
    silent.answerAll(() => ({ status: 500 }));
    refusing.answer('/tuf/timestamp.json', { status: 404 });
    await channel.refused({ status: 1, code: 'missing' }, 'verify', 'channel', channel.url);
  });
});
