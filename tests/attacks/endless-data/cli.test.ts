/** Bodies that never end: reading stops where the declared or the greatest length is. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ChannelOwner, hashPrefixed, readRoles, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const { index, snapshot, targets } = readRoles(owner.folder);
const PACKAGE = 'noarch/gamma-3.0-0.conda';
/** Files of trust metadata, whose greatest length is the role's or what is declared. */
const METADATA = [
  'tuf/2.root.json',
  'tuf/timestamp.json',
  `tuf/${snapshot.version}.snapshot.json`,
  `tuf/${targets.version}.targets.json`,
  `tuf/${index.version}.index.json`,
];
const { sha256 } = index.targets['noarch/repodata.json'].hashes;
const INDEX = [
  'noarch/repodata.json',
  'noarch/repodata.json.zst',
  `tuf/targets/${hashPrefixed('noarch/repodata.json', sha256)}`,
];

describe('endless-data', { concurrency: 4 }, () => {
  for (const path of METADATA) {
    test(`stops reading an endless ${path}`, async () => {
      await using channel = await StagedChannel.of(owner);
      channel.answer(path, { endless: true });
      const { status, document } = await channel.verify();
      assert.deepEqual(
        { status, code: document.code },
        { status: 1, code: 'length-mismatch' },
        JSON.stringify(document),
      );
      channel.answer(path, undefined);
      await channel.accept('verify', 'channel', channel.url);
    });
  }

  for (const path of INDEX) {
    test(`stops reading an endless ${path.replace(/[0-9a-f]{64}/, '…')}`, async () => {
      await using channel = await StagedChannel.of(owner, { seen: true });
      channel.answer(path, { endless: true });
      const { status, document } = await channel.verify();
      // Another name may serve what the hash-prefixed one does not; the ordinary names are looked at each.
      if (path.startsWith('tuf')) assert.ok(status === 0 || status === 1, JSON.stringify(document));
      else assert.deepEqual([status, document.code], [1, 'length-mismatch'], JSON.stringify(document));
    });
  }

  test('stops reading an endless package, and keeps nothing of it', async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    channel.answer(PACKAGE, { endless: true });
    const argv = ['verify', 'package', `${channel.url}/${PACKAGE}`, '--channel', channel.url];
    await channel.refused({ status: 1, code: 'length-mismatch', names: /gamma/ }, ...argv);
    channel.answer(PACKAGE, undefined);
    await channel.accept(...argv);
  });

  test('expands no encoding that nobody asked for', async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    for (const file of ['tuf/timestamp.json', 'noarch/repodata.json', PACKAGE]) {
      channel.answer(file, { status: 200, headers: { 'content-encoding': 'gzip' }, body: bomb });
      const told = file === PACKAGE ? await channel.verifyPackage(file) : await channel.verify();
      assert.equal(told.status, 1, told.stdout);
      assert.ok(['malformed', 'length-mismatch', 'hash-mismatch'].includes(told.document.code), told.stdout);
      channel.answer(file, undefined);
    }
  });

  test('stops reading an endless first root', async () => {
    await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
    channel.answer('tuf/1.root.json', { endless: true });
    await channel.refused(
      { status: 1, code: 'length-mismatch', names: /root/ },
      ...['trust', 'add', channel.url, '--fingerprint', owner.rootFingerprint],
    );
  });
});
