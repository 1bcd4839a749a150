/** Archives that expand beyond measure or lead out of their tree, signed by an owner who did not look inside. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, type ChannelPackage, folderContents, type PackageLies, StagedChannel } from '@antivenom/testkit';

const ZEROS = new Uint8Array(160_000_000);
const LIES: Readonly<Record<string, PackageLies>> = {
  absolute: { entries: [{ path: '/tmp/antivenom-escaped', content: 'x' }] },
  dots: { entries: [{ path: '../../antivenom-escaped', content: 'x' }] },
  inner: { entries: [{ path: 'share/../../antivenom-escaped', content: 'x' }] },
  backslash: { entries: [{ path: 'share\\..\\..\\antivenom-escaped', content: 'x' }] },
  drive: { entries: [{ path: 'C:/antivenom-escaped', content: 'x' }] },
  symlink: { entries: [{ path: 'share/out', type: 'symlink', link: '../../..' }] },
  absolutelink: { entries: [{ path: 'share/out', type: 'symlink', link: '/etc' }] },
  hardlink: { entries: [{ path: 'share/out', type: 'hardlink', link: '../../etc/passwd' }] },
  through: {
    entries: [
      { path: 'share/in', type: 'symlink', link: '..' },
      { path: 'share/in/evil', content: 'x' },
    ],
  },
  device: { entries: [{ path: 'share/null', type: 'character' }] },
  block: { entries: [{ path: 'share/disk', type: 'block' }] },
  fifo: { entries: [{ path: 'share/pipe', type: 'fifo' }] },
  payloads: {
    zipEntries: (entries) => [...entries, { name: 'pkg-evil-1.0-0.tar.zst', content: entries[1]?.content ?? '' }],
  },
  listed: { extraPaths: [{ _path: '../../antivenom-escaped', path_type: 'hardlink', size_in_bytes: 1 }] },
};
const packages: ChannelPackage[] = Object.entries(LIES).map(([name, lies]) => ({ name, version: '1.0', lies }));

const owner = await ChannelOwner.make({
  packages: [
    { name: 'honest', version: '1.0' },
    { name: 'large', version: '1.0', files: { 'share/zeros': ZEROS.subarray(0, 60_000_000) } },
    { name: 'bomb', version: '1.0', files: { 'share/zeros': ZEROS } },
    ...packages,
  ],
});
after(() => owner.remove());

test('refuses archives that lead out of their tree, and writes nothing', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const name of Object.keys(LIES)) {
    const file = `${channel.url}/noarch/${name}-1.0-0.conda`;
    const code = name === 'listed' ? ['archive-unsafe', 'content-mismatch'] : 'archive-unsafe';
    await channel.refused(
      { status: 1, code, names: RegExp(name) },
      'verify',
      'package',
      file,
      '--channel',
      channel.url,
    );
  }
  assert.ok(!existsSync('/tmp/antivenom-escaped'));
});

test('refuses an archive that expands a thousandfold past 100 MB, and lets a merely large one pass', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const bomb = `${channel.url}/noarch/bomb-1.0-0.conda`;
  await channel.refused(
    { status: 1, code: 'archive-unsafe', names: /bomb/ },
    'verify',
    'package',
    bomb,
    '--channel',
    channel.url,
  );
  for (const name of ['honest', 'large']) {
    await channel.accept('verify', 'package', `${channel.url}/noarch/${name}-1.0-0.conda`, '--channel', channel.url);
  }
});

test('the gateway hands none of them over, and keeps none', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  for (const name of [...Object.keys(LIES), 'bomb']) {
    const { code, file } = await gateway.json(`/good/noarch/${name}-1.0-0.conda`, 403);
    assert.ok(['archive-unsafe', 'content-mismatch'].includes(code), `${name}: ${code}`);
    assert.equal(file, `noarch/${name}-1.0-0.conda`);
  }
  assert.ok(!existsSync('/tmp/antivenom-escaped'));
  for (const name of ['honest', 'large']) {
    assert.equal((await gateway.ask(`/good/noarch/${name}-1.0-0.conda`)).status, 200);
  }
  const kept = [...(await folderContents(join(channel.home, 'cache'))).keys()].join();
  const isKept = async (name: string) => {
    const bytes = await readFile(join(channel.folder, `noarch/${name}-1.0-0.conda`));
    return kept.includes(createHash('sha256').update(bytes).digest('hex'));
  };
  assert.ok(await isKept('large'));
  for (const name of [...Object.keys(LIES), 'bomb']) assert.ok(!(await isKept(name)), name);
});
