/** A large package is read in little memory: a process of its own tells how much it came to hold. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageFile, type TestPackage, writePackage } from '@antivenom/testkit';

const MEGABYTE = 1 << 20;
const folder = mkdtempSync(join(tmpdir(), 'antivenom-'));
after(() => rmSync(folder, { recursive: true }));

const INSPECT = `
import { open } from 'node:fs/promises';
import { inspectPackage } from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';
import { TEST_PACKAGE_LIMITS } from '@antivenom/testkit';
const [path, name] = process.argv.slice(-2);
const file = await open(path);
let peak = 0;
const source = {
  size: (await file.stat()).size,
  async read(offset, length) {
    peak = Math.max(peak, process.memoryUsage.rss());
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
    if (bytesRead < length) throw new RangeError('the file ended');
    return buffer;
  },
};
const limits = { ...TEST_PACKAGE_LIMITS, maxExpandedBytes: 2 ** 30 };
const { expandedBytes } = await inspectPackage(source, name, limits, nodeDecompression, nodeCrypto);
await file.close();
console.log(JSON.stringify({ expandedBytes, peak }));
`;

/** Bytes that do not shrink. */
function noise(length: number): Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  return new Uint8Array(cipher.update(new Uint8Array(length)));
}

async function inspect(pkg: TestPackage): Promise<{ expandedBytes: number; peak: number }> {
  const name = packageFile(pkg, 'conda');
  const path = join(folder, name);
  writeFileSync(path, await writePackage(pkg, 'conda'));
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      ...process.execArgv.filter((flag) => flag.startsWith('--cond') || flag.startsWith('--dis')),
      '--input-type=module',
      '-e',
      INSPECT,
      '--',
      path,
      name,
    ],
    { encoding: 'utf8', cwd: import.meta.dirname },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('reads a package of 200 MB in hardly more memory than one of 1 kB', async () => {
  const small = await inspect({ name: 'small', version: '1' });
  const large = await inspect({ name: 'large', version: '1', files: { noise: noise(200 * MEGABYTE) } });
  assert.ok(large.expandedBytes > 200 * MEGABYTE);
  const more = Math.round((large.peak - small.peak) / MEGABYTE);
  assert.ok(more < 100, `${more} MB more`);
});
