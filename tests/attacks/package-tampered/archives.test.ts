/** A package that was changed after it was built is refused for its bytes; this is what its own archive still tells without its record. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentTrustError } from '@antivenom/core';
import { inspectBytes, packageFile, type TestPackage, writePackage } from '@antivenom/testkit';

const PACKAGE: TestPackage = { name: 'demo', version: '1.0', files: { 'lib/a.txt': 'some text of a file\n' } };

for (const format of ['conda', 'tar.bz2'] as const) {
  const file = packageFile(PACKAGE, format);

  describe(`package-tampered .${format}`, () => {
    test('accepts the package as it was built', async () => {
      assert.equal((await inspectBytes(await writePackage(PACKAGE, format), file)).listedPaths, 1);
    });

    test('with any byte changed it is refused, or says what it said before', async () => {
      const good = await writePackage(PACKAGE, format);
      const { index } = await inspectBytes(good, file);
      let passed = 0;
      for (let at = 0; at < good.length; at++) {
        try {
          const told = await inspectBytes(good.with(at, good[at]! ^ 0x10), file);
          assert.deepEqual(told.index, index, `byte ${at}`);
          passed++;
        } catch (error) {
          assert.ok(error instanceof ContentTrustError, `byte ${at}: ${error}`);
        }
      }
      // Dates, attributes and checksums in a zip's headers.
      assert.ok(passed < (format === 'conda' ? 150 : 10), `${passed} of ${good.length} changed bytes passed`);
    });

    test('cut anywhere it is refused', async () => {
      const good = await writePackage(PACKAGE, format);
      for (let length = 0; length < good.length; length += 7) {
        await assert.rejects(inspectBytes(good.subarray(0, length), file), { code: 'malformed' }, `${length} bytes`);
      }
    });

    test('with the content of a file replaced it is refused', async () => {
      const evil = { ...PACKAGE, files: { 'lib/a.txt': 'evil text of a file\n' } };
      const honest = { _path: 'lib/a.txt', size_in_bytes: 20, sha256: 'ab'.repeat(32) };
      const lies = { pathsJson: JSON.stringify({ paths: [honest] }) };
      await assert.rejects(async () => inspectBytes(await writePackage(evil, format, lies), file), {
        code: 'content-mismatch',
        message: /does not have the hash/,
      });
    });
  });
}
