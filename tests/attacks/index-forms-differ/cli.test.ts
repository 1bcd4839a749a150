/** `.json`, `.zst`, `.bz2`, the current index and shards that tell different stories. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, coverListedNames, editIndex, KeyThief, StagedChannel } from '@antivenom/testkit';

const FORMS = [
  'repodata.json',
  'repodata.json.zst',
  'repodata.json.bz2',
  'current_repodata.json',
  'current_repodata.json.zst',
  'current_repodata.json.bz2',
  'repodata_shards.msgpack.zst',
] as const;

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
/** The whole channel with beta's dependencies changed and its signatures left out, from which single forms are taken. */
const other = await owner.copy('another story');
await editIndex(other, 'linux-64', (index) => {
  index['packages.conda']['beta-2.0-h2_0.conda'].depends = ['evil'];
  delete index.signatures;
});
after(() => owner.remove());

async function retell(folder: string, form: string): Promise<void> {
  if (form.includes('shards')) {
    const shards = (await readdir(join(other, 'linux-64'))).filter((name) => /^[0-9a-f]{64}\.msgpack/.test(name));
    for (const shard of shards) await cp(join(other, 'linux-64', shard), join(folder, 'linux-64', shard));
  }
  await writeFile(join(folder, 'linux-64', form), await readFile(join(other, 'linux-64', form)));
}

test('refuses each form that tells another story than the owner signed', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const form of FORMS) {
    await channel.serve(owner.folder);
    await retell(channel.folder, form);
    const refusal = { status: 1, code: ['hash-mismatch', 'length-mismatch'], names: RegExp(form) } as const;
    await channel.refused(refusal, 'verify', 'channel', channel.url);
  }
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses each form that tells another story under one index, signed with stolen keys', async () => {
  for (const form of FORMS) {
    await using channel = await StagedChannel.of(owner);
    await retell(channel.folder, form);
    await thief.republish(channel.folder);
    const { status, document } = await channel.verify();
    assert.equal(status, 1, `${form}: ${JSON.stringify(document)}`);
    const codes = [document.code, ...document.refused.map(({ code }: { code: string }) => code)];
    assert.ok(codes.includes('forms-differ'), `${form}: ${JSON.stringify(document)}`);
  }
});

test('refuses a form whose listed name holds other bytes, with the ordinary name untouched', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  await retell(channel.folder, 'repodata.json.zst');
  await coverListedNames(channel.folder);
  await writeFile(
    join(channel.folder, 'linux-64/repodata.json.zst'),
    await readFile(join(owner.folder, 'linux-64/repodata.json.zst')),
  );
  const code = ['hash-mismatch', 'length-mismatch'];
  await channel.refused({ status: 1, code, names: /repodata\.json\.zst/ }, 'verify', 'channel', channel.url);
});
