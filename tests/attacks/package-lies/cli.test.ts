/** Packages whose contents belie the record that their owner signed for them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelOwner, type ChannelPackage, type PackageLies, StagedChannel } from '@antivenom/testkit';

const REFUSED: Readonly<Record<string, PackageLies>> = {
  name: { index: { name: 'evil' } },
  version: { index: { version: '1.1' } },
  build: { index: { build: '1' } },
  subdir: { index: { subdir: 'win-64' } },
  nameless: { index: { name: undefined } },
  content: {
    pathsJson: JSON.stringify({
      paths: [{ _path: 'share/content/about.txt', path_type: 'hardlink', sha256: 'e'.repeat(64), size_in_bytes: 12 }],
      paths_version: 1,
    }),
  },
  unlisted: { entries: [{ path: 'bin/evil', content: '#!/bin/sh\n' }] },
  listed: {
    extraPaths: [{ _path: 'bin/gone', path_type: 'hardlink', sha256: 'e'.repeat(64), size_in_bytes: 1 }],
  },
};
/** Indexes are patched: the one that is signed may say so. */
const REPORTED: Readonly<Record<string, PackageLies>> = {
  depends: { index: { depends: ['evil >=1'] } },
  constrains: { index: { constrains: ['evil <1'] } },
};

function packageOf(name: string, lies: PackageLies): ChannelPackage {
  return { name, version: '1.0', lies, formats: ['conda', 'tar.bz2'] };
}

const owner = await ChannelOwner.make({
  packages: [
    { name: 'honest', version: '1.0', formats: ['conda', 'tar.bz2'] },
    ...Object.entries({ ...REFUSED, ...REPORTED }).map(([name, lies]) => packageOf(name, lies)),
  ],
});
after(() => owner.remove());

test('refuses packages that are another than their record says, or hold other files than they list', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const name of Object.keys(REFUSED)) {
    for (const format of ['conda', 'tar.bz2']) {
      const file = `${channel.url}/noarch/${name}-1.0-0.${format}`;
      await channel.refused(
        {
          status: 1,
          code: name === 'nameless' ? ['content-mismatch', 'malformed'] : 'content-mismatch',
          names: RegExp(name),
        },
        ...['verify', 'package', file, '--channel', channel.url],
      );
    }
  }
});

test('reports dependencies that the signed index patched, and passes', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  for (const name of Object.keys(REPORTED)) {
    const { patched } = await channel.accept(
      ...['verify', 'package', `${channel.url}/noarch/${name}-1.0-0.conda`, '--channel', channel.url],
    );
    assert.deepEqual(patched, [name]);
  }
  const { patched } = await channel.accept(
    ...['verify', 'package', `${channel.url}/noarch/honest-1.0-0.tar.bz2`, '--channel', channel.url],
  );
  assert.deepEqual(patched, []);
});

test('the gateway refuses the former, and hands over the latter', async () => {
  await using channel = await StagedChannel.of(owner);
  await using gateway = await channel.gateway();
  for (const name of Object.keys(REFUSED)) {
    for (const format of ['conda', 'tar.bz2']) {
      const path = `/good/noarch/${name}-1.0-0.${format}`;
      const { status, body } = await gateway.ask(path);
      const { code, evidence } = JSON.parse(String(body));
      assert.deepEqual([status, code, evidence], [403, 'content-mismatch', ['index', 'record']], path);
    }
  }
  for (const name of [...Object.keys(REPORTED), 'honest']) {
    assert.equal((await gateway.ask(`/good/noarch/${name}-1.0-0.conda`)).status, 200);
  }
});
