import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkPackageAgainstRecord, type JsonObject, object } from '@antivenom/core';
import {
  inspectBytes,
  type PackageLies,
  packageFile,
  packageIndex,
  paxEntry,
  type TestPackage,
  writePackage,
  writeTar,
} from '@antivenom/testkit';

const PACKAGE: TestPackage = {
  name: 'demo',
  version: '1.0',
  build: 'h1_3',
  subdir: 'linux-64',
  depends: ['python'],
  files: { 'lib/a.txt': 'text', 'lib/b.txt': 'more' },
};
const A = { _path: 'lib/a.txt', path_type: 'hardlink', size_in_bytes: 4 };

/** The record as an honest index of the package has it. */
function record(changes: Readonly<Record<string, string | number | string[]>> = {}): JsonObject {
  const { name, version, build, build_number, depends, subdir } = packageIndex(PACKAGE) as Record<string, string>;
  return object({ name, version, build, build_number, depends, subdir, ...changes } as Record<string, string>);
}

for (const format of ['conda', 'tar.bz2'] as const) {
  const file = packageFile(PACKAGE, format);
  const inspect = async (lies: PackageLies = {}) => inspectBytes(await writePackage(PACKAGE, format, lies), file);
  const check = async (lies: PackageLies, changes = {}) =>
    checkPackageAgainstRecord(await inspect(lies), record(changes), 'linux-64', file);

  describe(`package-lies .${format}`, () => {
    test('accepts the honest package beside each lie', async () => {
      assert.deepEqual(await check({}), []);
    });

    test('refuses an index.json that says it is another package', async () => {
      for (const [member, lie] of Object.entries({
        name: 'numpy',
        version: '1.00',
        build: 'h1_4',
        build_number: 4,
        subdir: 'noarch',
      })) {
        const refusal = { code: 'content-mismatch', message: new RegExp(`\`${member}\` is`) };
        await assert.rejects(check({ index: { [member]: lie } }), refusal, member);
        await assert.rejects(check({}, { [member]: lie }), refusal, `the record's ${member}`);
      }
      for (const member of ['name', 'version', 'build']) {
        await assert.rejects(check({ index: { [member]: undefined } }), { code: 'content-mismatch' }, member);
      }
    });

    test('reports dependencies that the index was patched in, and refuses nothing for them', async () => {
      assert.deepEqual(await check({ index: { depends: ['python', 'evil'] } }), [
        { member: 'depends', archived: ['python', 'evil'], recorded: ['python'] },
      ]);
    });

    test('refuses an index.json of which two parsers read two names', async () => {
      const second = `{"name": "demo", "name": "numpy"}`;
      await assert.rejects(inspect({ infoEntries: [{ path: 'info/index.json', content: second }] }), {
        code: 'archive-unsafe',
        message: /stands in it twice/,
      });
      // The same hidden in the one size that some unpackers go by.
      const inner = writeTar([{ path: 'info/index.json', content: second }]);
      const infoEntries = [paxEntry({ size: String(inner.length) }), { path: 'info/x', content: inner, statedSize: 0 }];
      await assert.rejects(inspect({ infoEntries }), { code: 'archive-unsafe', message: /two sizes/ });
    });

    test('refuses a paths.json that lists what is not there, or not what is', async () => {
      const listed = (...paths: unknown[]) => inspect({ pathsJson: JSON.stringify({ paths, paths_version: 1 }) });
      const b = { ...A, _path: 'lib/b.txt' };
      assert.equal((await listed(A, b)).listedPaths, 2);
      for (const [lie, paths] of Object.entries({
        'a file less': [A],
        'a file more': [A, b, { ...A, _path: 'lib/c.txt' }],
        'a file twice': [A, A, b],
        'another hash': [{ ...A, sha256: '00'.repeat(32) }, b],
        'another size': [{ ...A, size_in_bytes: 5 }, b],
        'no file at all': [],
      })) {
        await assert.rejects(listed(...paths), { code: 'content-mismatch' }, lie);
      }
    });

    test('refuses a file that no list names, hidden in either place', async () => {
      for (const lies of [{ entries: [{ path: 'lib/evil.so' }] }, { firstEntries: [{ path: 'lib/evil.so' }] }]) {
        await assert.rejects(inspect(lies), { code: 'content-mismatch', message: /"lib\/evil.so" is not listed/ });
      }
    });

    test('refuses a file that stands there twice, the listed one first or last', async () => {
      const evil = { path: './lib/a.txt', content: 'evil' };
      for (const lies of [{ entries: [evil] }, { firstEntries: [evil] }]) {
        await assert.rejects(inspect(lies), { code: 'archive-unsafe', message: /twice/ });
      }
    });
  });
}

describe('package-lies in a zip', () => {
  const inspect = async (lies: PackageLies) =>
    inspectBytes(await writePackage(PACKAGE, 'conda', lies), packageFile(PACKAGE, 'conda'));

  test('refuses a second payload, beside the first or under its name', async () => {
    for (const name of ['pkg-demo-1.0-h1_3.tar.zst', 'pkg-evil-1.0-0.tar.zst', 'pkg-.tar.zst', 'pkg.tar.zst']) {
      await assert.rejects(inspect({ zipEntries: (entries) => [...entries, { name, content: '' }] }), {
        code: 'archive-unsafe',
      });
    }
  });

  test('refuses an archive with a second one before or within it', async () => {
    const evil = await writePackage(PACKAGE, 'conda', { index: { name: 'numpy' } });
    await assert.rejects(inspect({ zipLayout: { prefix: evil } }), { code: 'archive-unsafe' });
    await assert.rejects(
      inspect({ zipEntries: ([first, ...rest]) => [first!, { ...rest[0]!, gap: evil }, rest[1]!] }),
      {
        code: 'archive-unsafe',
      },
    );
    await assert.rejects(inspect({ zipLayout: { comment: 'a comment' } }), { code: 'malformed' });
  });

  test('refuses directory and local headers that tell two stories', async () => {
    const changes = [
      { localName: 'pkg-evil.tar.zst' },
      { statedSize: 9 },
      { overlaps: 0 },
      { method: 8 },
      { localMethod: 8 },
      { flags: 1 },
    ];
    for (const change of changes) {
      const zipEntries: PackageLies['zipEntries'] = (entries) =>
        entries.map((entry, at) => (at === 1 ? { ...entry, ...change } : entry));
      await assert.rejects(inspect({ zipEntries }), { code: 'archive-unsafe' }, JSON.stringify(change));
    }
  });

  test('accepts zip64, which says the same in more bytes', async () => {
    const zipEntries: PackageLies['zipEntries'] = (entries) => entries.map((entry) => ({ ...entry, zip64: true }));
    assert.equal((await inspect({ zipEntries, zipLayout: { zip64: true } })).listedPaths, 2);
  });
});
