import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import {
  inspectBytes,
  MemorySource,
  type PackageFormat,
  type PackageLies,
  packageFile,
  packageIndex,
  TEST_PACKAGE_LIMITS,
  type TestPackage,
  writePackage,
} from '@antivenom/testkit';
import { inspectPackage } from './package.ts';

const PACKAGE: TestPackage = {
  name: 'demo',
  version: '1.0',
  build: 'h1_3',
  subdir: 'linux-64',
  depends: ['python'],
  files: { 'lib/a.txt': 'text', 'lib/b': { link: 'a.txt' }, 'bin/empty': '' },
};
const FORMATS = ['conda', 'tar.bz2'] as const;

async function inspect(format: PackageFormat, lies?: PackageLies, limits = TEST_PACKAGE_LIMITS) {
  return inspectBytes(await writePackage(PACKAGE, format, lies), packageFile(PACKAGE, format), limits);
}

describe('inspectPackage', () => {
  for (const format of FORMATS) {
    test(`reads a .${format} to its end and says what it says of itself`, async () => {
      const { fileName, index, listedPaths, expandedBytes } = await inspect(format);
      assert.deepEqual(fileName, { name: 'demo', version: '1.0', build: 'h1_3', extension: format });
      assert.deepEqual([...index.keys()], Object.keys(packageIndex(PACKAGE)));
      assert.equal(index.get('build'), 'h1_3');
      assert.equal(listedPaths, 3);
      assert.equal(expandedBytes % 512, 0);
    });

    test(`reads a .${format} of before paths.json`, async () => {
      assert.equal((await inspect(format, { pathsJson: null })).listedPaths, undefined);
    });

    test(`names the file and what to do in each refusal of a .${format}`, async () => {
      await assert.rejects(inspect(format, { extraPaths: [{ _path: 'gone' }] }), {
        code: 'content-mismatch',
        message: `demo-1.0-h1_3.${format}: "gone" is listed in info/paths.json and not there`,
        hint: 'Do not install this file; tell the owner of the channel.',
        details: { file: `demo-1.0-h1_3.${format}`, path: 'gone' },
      });
    });

    test(`refuses a .${format} whose index.json or paths.json is missing, no JSON, no object or a link`, async () => {
      const target = { path: 'info/other', content: '{}' };
      for (const pathsJson of ['', '{', '[]', '{"paths": {}}', '{"paths": [], "paths": []}', '\ufeff{"paths": []}']) {
        await assert.rejects(inspect(format, { pathsJson }), { code: 'malformed' }, pathsJson);
      }
      for (const link of [
        { path: 'info/paths.json', type: 'symlink', link: 'other' },
        { path: 'info/paths.json', type: 'hardlink', link: 'info/other' },
      ] as const) {
        const infoEntries = [target, link];
        await assert.rejects(inspect(format, { pathsJson: null, infoEntries }), { code: 'archive-unsafe' }, link.type);
      }
      const maxBytes = 100;
      const small = { ...TEST_PACKAGE_LIMITS, json: { maxBytes, maxDepth: 10 } };
      await assert.rejects(inspect(format, {}, small), {
        code: 'archive-unsafe',
        message: /index\.json" of \d+ bytes/,
      });
    });

    test(`refuses a .${format} with a second spelling of info/ that some systems take for the first`, async () => {
      for (const path of ['INFO/index.json', 'Info/x', 'info/Index.json', 'info/PATHS.json']) {
        const lies = path.startsWith('info/') ? { infoEntries: [{ path }] } : { entries: [{ path }] };
        await assert.rejects(inspect(format, lies), { code: 'archive-unsafe', message: /some systems/ }, path);
      }
    });
  }

  test('refuses a .conda whose content stands in the wrong one of its two archives', async () => {
    const stray = { path: 'lib/stray' };
    await assert.rejects(inspect('conda', { infoEntries: [stray] }), { code: 'archive-unsafe', message: /wrong side/ });
    await assert.rejects(inspect('conda', { entries: [{ path: 'info/index.json' }] }), {
      code: 'archive-unsafe',
      message: /wrong side/,
    });
  });

  test('refuses a .conda of another set of entries', async () => {
    const changes: [NonNullable<PackageLies['zipEntries']>, string][] = [
      [(entries) => entries.slice(1), 'malformed'],
      [([metadata, , info]) => [metadata!, info!], 'malformed'],
      [([metadata, payload]) => [metadata!, payload!], 'malformed'],
      [(entries) => [...entries, { name: 'pkg-other.tar.zst', content: '' }], 'archive-unsafe'],
      [(entries) => [...entries, { name: 'info-other.tar.zst', content: '' }], 'archive-unsafe'],
      [(entries) => [...entries, { name: 'README', content: '' }], 'archive-unsafe'],
      [(entries) => [...entries, { name: '../evil', content: '' }], 'archive-unsafe'],
      [([, ...rest]) => [{ name: 'metadata.json', content: '{"conda_pkg_format_version": 3}' }, ...rest], 'malformed'],
      [
        ([, ...rest]) => [{ name: 'metadata.json', content: '{"conda_pkg_format_version": "2"}' }, ...rest],
        'malformed',
      ],
      [([, ...rest]) => [{ name: 'metadata.json', content: ' '.repeat(5000) }, ...rest], 'archive-unsafe'],
    ];
    for (const [zipEntries, code] of changes) {
      await assert.rejects(inspect('conda', { zipEntries }), { code }, String(zipEntries));
    }
  });

  test('refuses a name that is no package file, and an archive of the other format under it', async () => {
    const bytes = await writePackage(PACKAGE, 'conda');
    await assert.rejects(inspectBytes(bytes, '../demo-1.0-h1_3.conda'), { code: 'unsafe-name' });
    await assert.rejects(inspectBytes(bytes, 'demo.conda'), { code: 'malformed' });
    await assert.rejects(inspectBytes(bytes, 'demo-1.0-h1_3.tar.bz2'), { code: 'malformed' });
    const other = await writePackage(PACKAGE, 'tar.bz2');
    await assert.rejects(inspectBytes(other, 'demo-1.0-h1_3.conda'), { code: 'malformed' });
  });

  test('passes on an error of its source as it is', async () => {
    const bytes = await writePackage(PACKAGE, 'tar.bz2');
    const failure = Object.assign(new Error('the disk reports an error'), { code: 'EIO' });
    class Broken extends MemorySource {
      override read(): Promise<Uint8Array> {
        return Promise.reject(failure);
      }
    }
    await assert.rejects(
      inspectPackage(new Broken(bytes), 'a-1-0.tar.bz2', TEST_PACKAGE_LIMITS, nodeDecompression, nodeCrypto),
      (error) => error === failure,
    );
  });
});
