/** A mirror that serves an earlier generation under the ordinary names. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  ChannelOwner,
  ChannelServer,
  hashPrefixed,
  KeyThief,
  readRoles,
  StagedChannel,
  signText,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const first = await owner.copy('first');
await owner.publish({ name: 'delta', version: '4.0', subdir: 'noarch' });
after(() => owner.remove());

/** Ordinary names of the first generation; what stands under the hash of its bytes stays. */
async function fallBehind(folder: string): Promise<void> {
  for (const subdir of ['linux-64', 'noarch']) {
    await cp(join(first, subdir), join(folder, subdir), { recursive: true });
  }
}

test('passes with a warning where the current bytes are there under their hash-prefixed names', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await fallBehind(channel.folder);
  const { behind, records, refused } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(refused, []);
  assert.equal(records.total, 5);
  assert.ok(
    behind.some(({ file }: { file: string }) => file === 'noarch/repodata.json'),
    JSON.stringify(behind),
  );
  const { stderr } = await channel.tell('verify', 'channel', channel.url);
  assert.match(stderr, /earlier|behind/);
});

test('is not accepted from where they are not, and nothing of it is believed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await fallBehind(channel.folder);
  await rm(join(channel.folder, 'tuf/targets'), { recursive: true });
  await cp(join(first, 'tuf/targets'), join(channel.folder, 'tuf/targets'), { recursive: true });
  await channel.refused({ status: 3, code: 'mirror-behind' }, 'verify', 'channel', channel.url);
  const file = `${channel.url}/noarch/gamma-3.0-0.conda`;
  const told = await channel.run('verify', 'package', file, '--channel', channel.url);
  assert.equal(told.status, 3, told.stdout);
  assert.ok(['mirror-behind', 'not-held'].includes(told.document.code), told.stdout);
});

test('the next `sign` or `refresh` mends what a publisher left behind', async () => {
  for (const command of ['sign', 'refresh']) {
    const folder = await owner.copy(`mended by ${command}`);
    // Cut off between the flip and the last renames; `repodata.json` is the indexer's, and current.
    for (const name of ['repodata.json.zst', 'repodata.json.bz2', 'current_repodata.json']) {
      await cp(join(first, 'noarch', name), join(folder, 'noarch', name));
    }
    await using channel = await StagedChannel.of(owner, { from: folder });
    const before = await channel.accept('verify', 'channel', channel.url);
    assert.ok(before.behind.length > 0);
    await owner.run(command, folder);
    await channel.serve(folder);
    const { behind } = await channel.accept('verify', 'channel', channel.url);
    assert.deepEqual(behind, [], command);
  }
});

test('bytes that no signed generation lists are no earlier generation: refused', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await fallBehind(channel.folder);
  await channel.edit('noarch/repodata.json', (bytes) => String(bytes).replace('gamma', 'gamna'));
  const code = ['hash-mismatch', 'length-mismatch'];
  await channel.refused({ status: 1, code, names: /noarch\/repodata\.json/ }, 'verify', 'channel', channel.url);
});

test('trust metadata at another address tells that a mirror is behind, and serves what it lacks', async () => {
  await using origin = await ChannelServer.start(owner.folder);
  const trust = () => ['--metadata', origin.url, '--fingerprint', owner.rootFingerprint];
  await using channel = await StagedChannel.of(owner, { trust });
  await fallBehind(channel.folder);
  await rm(join(channel.folder, 'tuf'), { recursive: true });
  // The origin holds the current bytes under their hash-prefixed names.
  const { behind, records } = await channel.accept('verify', 'channel', channel.url);
  assert.ok(behind.length > 0);
  assert.equal(records.total, 5);
  // It has the trust metadata alone; what is yanked belongs to that.
  origin.answerAll((path) => (path.startsWith('/tuf/targets/noarch/') ? { status: 404 } : undefined));
  await channel.refused({ status: 3, code: 'mirror-behind' }, 'verify', 'channel', channel.url);
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});

test('a publication that comes while a reader reads is followed, not refused', async () => {
  for (const moment of [
    /\/tuf\/timestamp\.json$/,
    /snapshot\.json$/,
    /\/\d+\.index\.json$/,
    /\/tuf\/targets\/noarch/,
    /\/good\/noarch\//,
  ]) {
    await using channel = await StagedChannel.of(owner, { from: first });
    let asked = false;
    channel.server.answerAll((path) => {
      // All of it between the request and its answer; what the publication before left stays, as publishers leave it.
      if (!asked && moment.test(path)) cpSync(owner.folder, channel.folder, { recursive: true });
      asked ||= moment.test(path);
      return undefined;
    });
    const { records, refused } = await channel.accept('verify', 'channel', channel.url);
    assert.ok(asked, String(moment));
    assert.deepEqual({ total: records.total, refused }, { total: 5, refused: [] }, String(moment));
  }
});

test('nor is a package refused for a publication that comes in between', async () => {
  await using channel = await StagedChannel.of(owner, { from: first });
  let asked = false;
  channel.server.answerAll((path) => {
    if (asked || !path.includes('/tuf/targets/noarch/')) return undefined;
    asked = true;
    rmSync(channel.folder, { recursive: true });
    cpSync(owner.folder, channel.folder, { recursive: true });
    rmSync(join(channel.folder, 'tuf/targets', path.slice(path.indexOf('noarch/'))));
    return undefined;
  });
  const file = `${channel.url}/noarch/gamma-3.0-0.conda`;
  await channel.accept('verify', 'package', file, '--channel', channel.url);
  assert.ok(asked);
});

test('so it is with a file of the channel’s base', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const path = 'channeldata.json';
  await cp(join(first, path), join(channel.folder, path));
  const { behind } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(behind, [{ file: path }]);
  const { hashes } = readRoles(channel.folder).index.targets[path];
  await rm(join(channel.folder, 'tuf/targets', hashPrefixed(path, hashes.sha256)));
  await channel.refused({ status: 3, code: 'mirror-behind', names: /channeldata/ }, 'verify', 'channel', channel.url);
});

test('the key_mgr before a renewal that was cut off is of an earlier generation too', async () => {
  const folder = await owner.copy('renewed');
  await owner.run('renew', folder);
  await cp(join(first, 'cct/key_mgr.json'), join(folder, 'cct/key_mgr.json'));
  await using channel = await StagedChannel.of(owner, { from: folder });
  const { behind } = await channel.accept('verify', 'channel', channel.url);
  assert.deepEqual(behind, [{ file: 'cct/key_mgr.json' }]);
  await channel.edit('cct/key_mgr.json', (bytes) => String(bytes).replace('"version": 1', '"version": 9'));
  await channel.refused({ status: 1, code: 'hash-mismatch', names: /key_mgr/ }, 'verify', 'channel', channel.url);
});

test('what the index key alone signed is no earlier generation: a thief of it gains nothing', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const thief = await KeyThief.of(owner);
  await channel.edit('noarch/repodata.json', (bytes) => String(bytes).replace('gamma', 'gamna'));
  const evil = await readFile(join(channel.folder, 'noarch/repodata.json'));
  const { index } = readRoles(channel.folder);
  const sha256 = createHash('sha256').update(evil).digest('hex');
  index.version--;
  Object.assign(index.targets['noarch/repodata.json'], { length: evil.length, hashes: { sha256 } });
  const forged = await signText(JSON.stringify(index), thief.keysOf('index'));
  await writeFile(join(channel.folder, `tuf/${index.version}.index.json`), forged);
  await channel.refused({ status: 1, code: 'hash-mismatch', names: /gamma/ }, 'verify', 'channel', channel.url);
});
