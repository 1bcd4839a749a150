/** What a channel hands to conda and mamba so that they begin to trust it. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ChannelOwner, folderContents, runAntivenom, StagedChannel } from '@antivenom/testkit';

const URL = 'https://channel.example/good';
const FILES = ['etc/conda/1.root.json', 'etc/conda/2.root.json', 'README.txt'];
const owner = await ChannelOwner.make();
after(() => owner.remove());
before(() => owner.run('renew', owner.folder));

/** An export by the owner, as it ended. */
async function exportOwn(dir: string, ...argv: string[]) {
  const line = ['export', 'cct', join(owner.place, dir), ...argv, '--home', join(owner.place, 'owner-home'), '--json'];
  const { status, stdout } = await runAntivenom(line, { cwd: owner.place });
  return { status, document: JSON.parse(stdout) };
}

test('the owner exports every root of conda’s chain, and what to set', async () => {
  const { status, document } = await exportOwn('own', owner.folder, '--keys', owner.keys, '--url', `${URL}/`);
  assert.equal(status, 0, JSON.stringify(document));
  assert.deepEqual(document.files, FILES);
  for (const version of [1, 2]) {
    const exported = await readFile(join(owner.place, 'own/etc/conda', `${version}.root.json`));
    assert.deepEqual(exported, await readFile(join(owner.folder, 'cct', `${version}.root.json`)));
  }
  const readMe = await readFile(join(owner.place, 'own/README.txt'), 'utf8');
  assert.match(readMe, /^ {4}conda config --set extra_safety_checks true$/m);
  assert.match(readMe, /^ {4}conda config --set signing_metadata_url_base https:\/\/channel\.example\/good\/cct$/m);
});

test('a folder that neither its keys nor the trust store prove is not exported', async () => {
  const { status, document } = await exportOwn('unproved', owner.folder);
  assert.deepEqual([status, document.code], [1, 'not-trusted']);
  assert.match(document.hint, /--keys/);
  await assert.rejects(readdir(join(owner.place, 'unproved')), { code: 'ENOENT' });
});

test('a consumer exports what the trust store proves, and nothing of a channel that is not trusted', async () => {
  await using channel = await StagedChannel.of(owner);
  const dir = join(owner.place, 'consumer');
  assert.deepEqual((await channel.accept('export', 'cct', dir, '--channel', channel.url)).files, FILES);
  const [exported, published] = [join(dir, 'etc/conda/2.root.json'), join(owner.folder, 'cct/2.root.json')];
  assert.deepEqual(await readFile(exported), await readFile(published));
  assert.match(await readFile(join(dir, 'README.txt'), 'utf8'), new RegExp(`_base ${channel.url}/cct$`, 'm'));

  await using stranger = await StagedChannel.of(owner, { trust: 'nothing' });
  await stranger.refused({ status: 1, code: 'not-trusted' }, 'export', 'cct', 'trust', stranger.url);
});

test('a root that was exchanged on the server is refused, and nothing is written', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const folder = join(channel.folder, 'tuf/targets/cct');
  const [first = ''] = (await readdir(folder)).filter((name) => name.endsWith('.1.root.json'));
  await channel.edit(`tuf/targets/cct/${first}`, (bytes) => bytes.toString().replace('"key_mgr"', '"key-mgr"'));
  await channel.refused({ status: 1, code: 'hash-mismatch' }, 'export', 'cct', 'trust', channel.url);
});

test('a file that differs is replaced only by force, and then whole', async () => {
  const line = ['again', owner.folder, '--keys', owner.keys] as const;
  assert.equal((await exportOwn(...line)).status, 0);
  const root = join(owner.place, 'again/etc/conda/2.root.json');
  const good = await folderContents(join(owner.place, 'again'));
  assert.equal((await exportOwn(...line)).status, 0, 'the same again is no conflict');
  await writeFile(root, 'another');
  const { status, document } = await exportOwn(...line);
  assert.deepEqual([status, document.code, document.details.file], [2, 'usage', 'etc/conda/2.root.json']);
  assert.equal(await readFile(root, 'utf8'), 'another');
  assert.equal((await exportOwn(...line, '--force')).status, 0);
  assert.deepEqual(await folderContents(join(owner.place, 'again')), good);

  // conda begins with the highest number that it finds.
  await writeFile(join(owner.place, 'again/etc/conda/3.root.json'), 'of another channel');
  const beside = await exportOwn(...line);
  assert.deepEqual([beside.status, beside.document.details?.file], [2, 'etc/conda/3.root.json']);
  assert.equal((await exportOwn(...line, '--force')).status, 0);
  assert.deepEqual(await folderContents(join(owner.place, 'again')), good);
});

test('without a channel the working directory is meant, and one that is none is wrong use', async () => {
  const argv = ['export', 'cct', 'trust', '--json', '--home', join(owner.place, 'owner-home'), '--keys', owner.keys];
  const here = await runAntivenom([...argv.with(2, join(owner.place, 'here'))], { cwd: owner.folder });
  assert.deepEqual([here.status, JSON.parse(here.stdout).files], [0, FILES]);
  const nowhere = await runAntivenom(argv, { cwd: owner.place });
  assert.deepEqual([nowhere.status, JSON.parse(nowhere.stdout).code], [2, 'usage']);
  const twice = await exportOwn('twice', owner.folder, '--channel', owner.folder, '--keys', owner.keys);
  assert.deepEqual([twice.status, twice.document.code], [2, 'usage']);
});

test('mamba’s newest root is exported under the name that mamba has for each address', async () => {
  const both = await ChannelOwner.make({ init: ['--for', 'conda,mamba'] });
  try {
    await both.run('renew', both.folder);
    const newest = await readFile(join(both.folder, '2.root.json'));
    const dir = join(both.place, 'trust');
    // From mamba's own tests: `cache_name_from_url("http://test.com/1234/") == "302f0a61"`.
    const argv = ['export', 'cct', dir, both.folder, '--keys', both.keys, '--home', join(both.place, 'home'), '--json'];
    const own = await runAntivenom([...argv, '--url', 'http://test.com/1234'], { cwd: both.place });
    assert.deepEqual(JSON.parse(own.stdout).for, ['conda', 'mamba']);
    assert.deepEqual(await readFile(join(dir, 'etc/trusted-repos/302f0a61/root.json')), newest);
    const unnamed = await runAntivenom([...argv, '--force'], { cwd: both.place });
    assert.match(unnamed.stderr, /warning: mamba knows a channel by its address/);

    await using channel = await StagedChannel.of(both);
    const { files } = await channel.accept('export', 'cct', join(both.place, 'consumer'), channel.url);
    const [root = ''] = files.filter((file: string) => file.startsWith('etc/trusted-repos/'));
    assert.deepEqual(await readFile(join(both.place, 'consumer', root)), newest);
  } finally {
    await both.remove();
  }
});

test('a channel that signs no records has nothing for conda', async () => {
  const plain = await ChannelOwner.make({ init: ['--for', 'none'] });
  try {
    await using channel = await StagedChannel.of(plain, { seen: true });
    await channel.refused({ status: 2, code: 'usage' }, 'export', 'cct', 'trust', channel.url);
  } finally {
    await plain.remove();
  }
});
