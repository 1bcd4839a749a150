/** The gateway's cache and answers, before somebody who would have it hand over what was not verified. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, folderContents, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
after(() => owner.remove());

const PACKAGE = 'linux-64/beta-2.0-h2_0.conda';

/** The cache's files, each of which must be what its name says. */
async function cached(home: string): Promise<string[]> {
  const files = await folderContents(join(home, 'cache')).catch(() => new Map<string, string>());
  const names = [...files.keys()].filter((file) => file.startsWith('sha256/')).map((file) => file.slice(10));
  for (const name of names) {
    const bytes = await readFile(join(home, 'cache/sha256', name.slice(0, 2), name));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), name);
  }
  assert.deepEqual(await readdir(join(home, 'cache/incoming')).catch(() => []), []);
  return names;
}

function changed(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  other[other.length - 100]! ^= 1;
  return other;
}

test('hands over no byte of a package that is not the one in the index, however it is asked for, and keeps none', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  const before = await cached(channel.home);
  const honest = await readFile(join(channel.folder, PACKAGE));
  const evil = [
    { body: changed(honest) },
    { body: Buffer.concat([honest, Buffer.from('more')]) },
    { body: honest.subarray(0, 300) },
    { body: changed(honest), headers: { 'content-length': undefined } },
    { body: '<html>not here</html>' },
    { cutAt: 300 },
    { endless: true },
  ];
  for (const answer of evil) {
    channel.answer(PACKAGE, answer);
    for (const asked of [{}, { method: 'HEAD' }, { headers: { range: 'bytes=0-9' } }]) {
      const { status, body, headers } = await gateway.ask(`/good/${PACKAGE}`, asked);
      // A connection that is cut may fare better another time.
      assert.ok(status === 502 || ('cutAt' in answer && status === 504), `${status} ${body}`);
      assert.equal(headers['content-type'], 'application/problem+json');
      assert.equal(headers.etag, undefined);
      if (asked.method !== 'HEAD') {
        const problem = JSON.parse(String(body));
        assert.ok(['hash-mismatch', 'length-mismatch', 'unreachable'].includes(problem.code), problem.code);
        assert.equal(problem.file, PACKAGE);
      }
    }
    assert.deepEqual(await cached(channel.home), before, JSON.stringify(answer).slice(0, 60));
  }
  channel.answer(PACKAGE, undefined);
  const { status, body } = await gateway.ask(`/good/${PACKAGE}`);
  assert.deepEqual([status, body], [200, honest]);
  // What was verified is served on, whatever upstream says now.
  channel.answer(PACKAGE, { body: changed(honest) });
  assert.deepEqual((await gateway.ask(`/good/${PACKAGE}`)).body, honest);
});

test('all who wait for one download share its refusal, and the next one fares better', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  const honest = await readFile(join(channel.folder, PACKAGE));
  channel.answer(PACKAGE, { body: changed(honest), trickle: { bytes: 500, everyMs: 20 } }, undefined);
  const asked = await Promise.all(Array.from({ length: 4 }, () => gateway.ask(`/good/${PACKAGE}`)));
  assert.deepEqual(new Set(asked.map(({ status }) => status)), new Set([502]));
  assert.equal((await gateway.ask(`/good/${PACKAGE}`)).status, 200);
});

test('one channel does not answer for another: a package is what the index of its own channel says', async (t) => {
  const other = await ChannelOwner.make({
    packages: [{ name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64', license: 'Evil' }],
  });
  t.after(() => other.remove());
  await using good = await StagedChannel.of(owner);
  await using evil = await StagedChannel.of(other);
  await good.accept('trust', 'add', evil.url, '--fingerprint', other.rootFingerprint);
  await using gateway = await good.gateway('--channel', `evil=${evil.url}`);
  const [ours, theirs] = [await gateway.ask(`/good/${PACKAGE}`), await gateway.ask(`/evil/${PACKAGE}`)];
  assert.deepEqual(ours.body, await readFile(join(good.folder, PACKAGE)));
  assert.deepEqual(theirs.body, await readFile(join(evil.folder, PACKAGE)));
  assert.notDeepEqual(ours.body, theirs.body);
});

test('a file that was put into the cache under another one’s hash is not served, and goes', async () => {
  await using channel = await StagedChannel.of(owner);
  const honest = await readFile(join(channel.folder, PACKAGE));
  const sha256 = createHash('sha256').update(honest).digest('hex');
  const place = join(channel.home, 'cache/sha256', sha256.slice(0, 2));
  await mkdir(place, { recursive: true });
  await writeFile(join(place, sha256), changed(honest));
  await using gateway = await channel.gateway();
  assert.deepEqual((await gateway.ask(`/good/${PACKAGE}`)).body, honest);
  assert.ok((await cached(channel.home)).includes(sha256));
  // Also while the gateway runs.
  await writeFile(join(place, sha256), changed(honest));
  assert.deepEqual((await gateway.ask(`/good/${PACKAGE}`)).body, honest);
});

test('an index is never served as upstream has it, where that is not what was signed', async () => {
  await using channel = await StagedChannel.of(owner);
  await channel.edit('noarch/repodata.json', (bytes) => String(bytes).replace('gamma', 'gamna'));
  await using gateway = await channel.gateway();
  const { status, body } = await gateway.ask('/good/noarch/repodata.json');
  assert.deepEqual([status, body], [200, await readFile(join(owner.folder, 'noarch/repodata.json'))]);
});
