import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PackageFile } from './package-file.ts';

test('a pipe or a folder is no package, and holds nobody', async () => {
  const base = await mkdtemp(join(tmpdir(), 'antivenom-package-'));
  try {
    const pipe = join(base, 'a-1-0.conda');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, base]) {
      await assert.rejects(PackageFile.open(path), { code: 'malformed', message: /is no file/ });
    }
  } finally {
    await rm(base, { recursive: true });
  }
});
