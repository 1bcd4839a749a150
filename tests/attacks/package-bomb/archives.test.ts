import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { type ByteStream, type DecompressionPort, inspectPackage, type PackageLimits } from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import {
  MemorySource,
  type PackageFormat,
  type PackageLies,
  packageFile,
  paxEntry,
  type TarEntry,
  TEST_PACKAGE_LIMITS,
  type TestPackage,
  writePackage,
} from '@antivenom/testkit';

const MEGABYTE = 1 << 20;
const LIMITS = TEST_PACKAGE_LIMITS;
const SMALL: TestPackage = { name: 'demo', version: '1.0' };
const FORMATS = ['conda', 'tar.bz2'] as const;

/** What an inspection came to, and what it cost. */
interface Cost {
  readonly code: string | undefined;
  /** Bytes that came out of the decompressors. */
  readonly expanded: number;
  readonly source: MemorySource;
}

async function inspect(bytes: Uint8Array, format: PackageFormat, limits: PackageLimits = LIMITS): Promise<Cost> {
  let expanded = 0;
  async function* counted(stream: ByteStream): ByteStream {
    for await (const piece of stream) {
      expanded += piece.length;
      yield piece;
    }
  }
  const decompression: DecompressionPort = {
    ...nodeDecompression,
    zstd: (source, maxLength) => counted(nodeDecompression.zstd(source, maxLength)),
    bzip2: (source, maxLength) => counted(nodeDecompression.bzip2(source, maxLength)),
  };
  const source = new MemorySource(bytes);
  let code: string | undefined;
  try {
    await inspectPackage(source, packageFile(SMALL, format), limits, decompression, nodeCrypto);
  } catch (error) {
    code = String((error as { code?: unknown }).code);
  }
  return { code, expanded, source };
}

async function withLies(format: PackageFormat, lies: PackageLies, limits?: PackageLimits): Promise<Cost> {
  return inspect(await writePackage(SMALL, format, lies), format, limits);
}

/** Zeros, which shrink to a ten-thousandth. */
function holding(bytes: number): TestPackage {
  return { ...SMALL, files: { 'share/zeros': new Uint8Array(bytes) } };
}

for (const format of FORMATS) {
  describe(`package-bomb .${format}`, () => {
    test('accepts what expands by less than the limits', async () => {
      const { code, source } = await inspect(await writePackage(holding(MEGABYTE / 2), format), format);
      assert.equal(code, undefined);
      assert.ok(source.size < 2000, 'by far more than 1000:1, but of no size');
    });

    test('stops at 1000:1, and has held no more than the limit until then', async () => {
      const bytes = await writePackage(holding(16 * MEGABYTE), format);
      const { code, expanded } = await inspect(bytes, format);
      assert.equal(code, 'archive-unsafe');
      assert.ok(expanded <= Math.max(LIMITS.ratioFreeBytes, 1000 * bytes.length), `${expanded} bytes came out`);
    });

    test('stops at the limit of all bytes, however large the archive is', async () => {
      const limits = { ...LIMITS, maxRatio: 1_000_000, maxExpandedBytes: 3 * MEGABYTE };
      const { code, expanded } = await inspect(await writePackage(holding(16 * MEGABYTE), format), format, limits);
      assert.equal(code, 'archive-unsafe');
      assert.ok(expanded <= limits.maxExpandedBytes);
    });

    test('stops at more entries, longer names or deeper folders than a package has', async () => {
      const many = Array.from({ length: 1001 }, (_, at): TarEntry => ({ path: `d${at}`, type: 'directory' }));
      assert.equal((await withLies(format, { entries: many })).code, 'archive-unsafe');
      const headers = Array.from({ length: 1001 }, () => paxEntry({ comment: 'x' }));
      assert.equal((await withLies(format, { entries: headers })).code, 'archive-unsafe');
      const long = Array.from(
        { length: 30 },
        (_, at): TarEntry => ({ path: `${at}${'x'.repeat(10_000)}`, type: 'directory' }),
      );
      assert.equal((await withLies(format, { entries: long })).code, 'archive-unsafe');
      const deep: TarEntry = { path: 'a/'.repeat(5000), type: 'directory' };
      assert.equal((await withLies(format, { entries: [deep] })).code, 'archive-unsafe');
      const far: TarEntry = { path: 'share/link', type: 'symlink', link: `${'a/'.repeat(5000)}b` };
      assert.equal((await withLies(format, { entries: [far] })).code, 'archive-unsafe');
    });

    test('takes no header at its word for the room it asks for', async () => {
      const huge: TarEntry = { path: 'share/huge', statedSize: 0o77777777777 };
      assert.equal((await withLies(format, { entries: [huge] })).code, 'malformed');
      const name: TarEntry = { path: 'x', type: 'gnu-long-name', statedSize: 0o77777777777 };
      assert.equal((await withLies(format, { entries: [name] })).code, 'archive-unsafe');
      const index: TarEntry = { path: 'info/paths.json', statedSize: 0o77777777777 };
      assert.equal((await withLies(format, { pathsJson: null, infoEntries: [index] })).code, 'archive-unsafe');
    });

    test('refuses JSON nested 10^5 deep', async () => {
      const pathsJson = `{"paths": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      assert.equal((await withLies(format, { pathsJson })).code, 'malformed');
    });

    test('reads each byte once, and no piece of over 256 kB', async () => {
      for (const size of [MEGABYTE, 4 * MEGABYTE]) {
        const noise = new Uint8Array(createHash('shake256', { outputLength: size }).update('noise').digest());
        const bytes = await writePackage({ ...SMALL, files: { 'share/noise': noise } }, format);
        const { code, source } = await inspect(bytes, format);
        assert.equal(code, undefined);
        assert.ok(source.bytesRead < source.size + 2000, `${source.bytesRead} read of ${source.size}`);
        assert.ok(source.largestRead <= 1 << 18);
      }
    });
  });
}

describe('package-bomb in a zip', () => {
  test('stops at a directory of thousands of entries before it reads it', async () => {
    const zipEntries = () => Array.from({ length: 60_000 }, (_, at) => ({ name: `${at}`, content: '' }));
    const { code, source } = await withLies('conda', { zipEntries });
    assert.equal(code, 'archive-unsafe');
    assert.ok(source.bytesRead < 1000, `${source.bytesRead} bytes were read`);
  });

  test('refuses entries that share one content', async () => {
    const zipEntries: PackageLies['zipEntries'] = (entries) => entries.map((entry) => ({ ...entry, overlaps: 0 }));
    assert.equal((await withLies('conda', { zipEntries })).code, 'archive-unsafe');
  });

  test('counts both archives of a .conda as one', async () => {
    const half = new Uint8Array(0.7 * MEGABYTE);
    const both = await writePackage({ ...SMALL, files: { 'share/zeros': half } }, 'conda', {
      infoEntries: [{ path: 'info/zeros', content: half }],
    });
    const { code, expanded } = await inspect(both, 'conda');
    assert.equal(code, 'archive-unsafe');
    assert.ok(expanded <= LIMITS.ratioFreeBytes);
  });

  test('stops at thousands of empty Zstandard frames', async () => {
    const frame = Buffer.from('28b52ffd0000010000', 'hex');
    const zipEntries: PackageLies['zipEntries'] = ([metadata, payload, info]) => [
      metadata!,
      { ...payload!, content: new Uint8Array(Buffer.concat(Array.from({ length: 20_000 }, () => frame))) },
      info!,
    ];
    assert.equal((await withLies('conda', { zipEntries })).code, 'malformed');
  });
});
