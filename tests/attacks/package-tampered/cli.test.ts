/** Package bytes that differ from what the record states. */
import assert from 'node:assert/strict';
import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ChannelOwner, type Refusal, StagedChannel } from '@antivenom/testkit';

const CONDA = 'linux-64/alpha-1.0-h1_0.conda';
const BZ2 = 'linux-64/alpha-1.0-h1_0.tar.bz2';
const ATTACKS: readonly [what: string, attack: (bytes: Buffer) => Buffer | string, code: Refusal['code']][] = [
  ['one bit turned', (bytes) => flip(bytes, bytes.length - 100), 'hash-mismatch'],
  ['the first byte turned', (bytes) => flip(bytes, 0), 'hash-mismatch'],
  ['a byte more', (bytes) => Buffer.concat([bytes, Buffer.of(0)]), 'length-mismatch'],
  ['a byte less', (bytes) => bytes.subarray(0, -1), ['length-mismatch', 'hash-mismatch']],
  ['nothing', () => '', ['length-mismatch', 'hash-mismatch']],
  ['a web page', () => '<html>sign in</html>', ['length-mismatch', 'hash-mismatch']],
];

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

const owner = await ChannelOwner.make();
after(() => owner.remove());

test('the untouched package passes, from the server and from a file', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const file of [CONDA, BZ2]) {
    for (const named of [`${channel.url}/${file}`, join(owner.folder, file)]) {
      const told = await channel.accept('verify', 'package', named, '--channel', channel.url);
      assert.match(told.sha256, /^[0-9a-f]{64}$/);
      assert.deepEqual(told.evidence, ['index', 'record']);
    }
  }
});

for (const file of [CONDA, BZ2]) {
  test(`refuses other bytes of ${file}, from the server and from a file`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    const local = join(channel.folder, '../local');
    for (const [what, attack, code] of ATTACKS) {
      await cp(join(owner.folder, file), join(channel.folder, file));
      await channel.edit(file, attack);
      await cp(join(channel.folder, file), join(local, file.slice('linux-64/'.length)));
      for (const named of [`${channel.url}/${file}`, join(local, file.slice('linux-64/'.length))]) {
        const told = await channel.refused(
          { status: 1, code, names: /alpha/ },
          'verify',
          'package',
          named,
          '--channel',
          channel.url,
        );
        assert.equal(told.ok, false, what);
      }
    }
  });
}

test('refuses one genuine package in the place of another, and the other format of the same', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const code = ['hash-mismatch', 'length-mismatch'];
  await cp(join(owner.folder, 'linux-64/beta-2.0-h2_0.conda'), join(channel.folder, CONDA));
  await channel.refused({ status: 1, code }, 'verify', 'package', `${channel.url}/${CONDA}`, '--channel', channel.url);
  await cp(join(owner.folder, BZ2), join(channel.folder, CONDA));
  await channel.refused({ status: 1, code }, 'verify', 'package', `${channel.url}/${CONDA}`, '--channel', channel.url);
});

test('refuses a package that the index does not list', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const file = 'linux-64/evil-1.0-0.conda';
  await writeFile(join(channel.folder, file), 'whatever');
  const refusal = { status: 1, code: 'not-listed', names: /evil-1\.0-0\.conda/ } as const;
  await channel.refused(refusal, 'verify', 'package', `${channel.url}/${file}`, '--channel', channel.url);
  await channel.refused(refusal, 'verify', 'package', join(channel.folder, file), '--channel', channel.url);
});

test('a package that a cut-off connection leaves short is not accepted', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  channel.answer(CONDA, { cutAt: 100 });
  const told = await channel.verifyPackage(CONDA);
  assert.deepEqual({ status: told.status, code: told.document.code }, { status: 3, code: 'unreachable' }, told.stdout);
});

test('a download has no name, so that nothing of it stays and nobody else reaches it', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  channel.answer(CONDA, { hang: 'body' });
  let isRunning = true;
  const told = channel.verifyPackage(CONDA).finally(() => {
    isRunning = false;
  });
  const folder = join(channel.home, 'tmp');
  const isThere = () =>
    stat(folder).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) await setTimeout(10);
  // Its name is gone before its first byte comes, which here never does.
  while ((await readdir(folder)).length > 0) await setTimeout(10);
  await setTimeout(300);
  assert.ok(isRunning);
  await channel.server.close();
  assert.equal((await told).status, 3);
  assert.deepEqual(await readdir(folder), []);
});
