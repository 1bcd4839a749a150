/** Attestations beside packages, as the gateway passes them on. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, KeyThief, recordOf, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const BETA = 'linux-64/beta-2.0-h2_0.conda';
const BUNDLES = '[{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}]';
const SHA256 = createHash('sha256').update(BUNDLES).digest('hex');

async function attested(): Promise<StagedChannel> {
  const channel = await StagedChannel.of(owner);
  await editIndex(channel.folder, 'linux-64', (index) => {
    recordOf(index, 'beta-2.0-h2_0.conda').attestations_sha256 = SHA256;
    // The owner's signature was over the record as it was.
    delete index.signatures['beta-2.0-h2_0.conda'];
  });
  await thief.republish(channel.folder);
  for (const suffix of ['sigs', 'v0.sigs', `sigs.${SHA256}`]) {
    await writeFile(join(channel.folder, `${BETA}.${suffix}`), BUNDLES);
  }
  return channel;
}

test('passes attestations on, those that the record names as immutable', async () => {
  await using channel = await attested();
  await using gateway = await channel.gateway();
  for (const [suffix, caching] of [
    ['sigs', /no-cache/],
    ['v0.sigs', /no-cache/],
    [`sigs.${SHA256}`, /immutable/],
  ] as const) {
    const path = `/good/${BETA}.${suffix}`;
    const { status, body, headers } = await gateway.ask(path);
    assert.deepEqual([status, String(body)], [200, BUNDLES], suffix);
    assert.match(headers['cache-control'] ?? '', caching);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal((await gateway.ask(path, { headers: { 'if-none-match': `"${SHA256}"` } })).status, 304);
    assert.equal((await gateway.ask(path, { headers: { 'if-modified-since': new Date().toUTCString() } })).status, 200);
    assert.equal((await gateway.ask(path, { method: 'HEAD' })).body.length, 0);
  }
  for (const path of [`${BETA}.sigs.${'0'.repeat(64)}`, 'noarch/gamma-3.0-0.conda.sigs', 'noarch/x-1-0.conda.sigs']) {
    assert.equal((await gateway.json(`/good/${path}`, 404)).code, 'not-listed', path);
  }
});

test('refuses attestations that are not those of the record, and what is no list of bundles, and keeps nothing of them', async () => {
  await using channel = await attested();
  await using gateway = await channel.gateway();
  const kept = async () => (await readdir(join(channel.home, 'cache/sha256'), { recursive: true })).sort();
  const before = await kept();
  for (const body of ['[{"evil": true}]', '<html>', '{}', '["x"]', `${'['.repeat(1000)}${']'.repeat(1000)}`]) {
    for (const suffix of ['sigs', 'v0.sigs', `sigs.${SHA256}`]) {
      channel.answer(`${BETA}.${suffix}`, { body });
      const isBundles = body.startsWith('[{');
      const expected = !suffix.endsWith('sigs') || !isBundles ? 502 : 200;
      assert.equal((await gateway.ask(`/good/${BETA}.${suffix}`)).status, expected, `${suffix} ${body.slice(0, 20)}`);
    }
  }
  channel.answer(`${BETA}.sigs.${SHA256}`, { status: 404 });
  assert.equal((await gateway.json(`/good/${BETA}.sigs.${SHA256}`, 502)).code, 'not-held');
  channel.answer(`${BETA}.sigs`, { endless: true });
  assert.equal((await gateway.ask(`/good/${BETA}.sigs`)).status, 502);
  assert.deepEqual(await kept(), before);
});

test('hands out no attestations of a package that it does not offer', async () => {
  await using channel = await attested();
  const rule = `{name: x, url: "${channel.url}", require: [index, record]}`;
  await using gateway = await channel.gateway(...(await channel.policy(`channels: [${rule}]`)));
  for (const suffix of ['sigs', `sigs.${SHA256}`]) {
    assert.equal((await gateway.json(`/good/${BETA}.${suffix}`, 403)).code, 'policy-refused');
  }
});
