import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_POLICY } from '@antivenom/core';
import { readPolicy } from './policy-file.ts';

test('the policy is the file named, else the one at home, else the default', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-'));
  t.after(() => rm(folder, { recursive: true }));
  assert.equal(await readPolicy(undefined, folder, '/'), DEFAULT_POLICY);
  await writeFile(join(folder, 'antivenom.yaml'), 'packages: [{match: a, require: [record]}]\n');
  assert.equal((await readPolicy(undefined, folder, '/')).packages[0]?.match.text, 'a');
  await writeFile(join(folder, 'mine.yaml'), 'channels: []\npackges: []\n');
  await assert.rejects(readPolicy('mine.yaml', folder, folder), {
    code: 'policy-invalid',
    message: /^mine\.yaml:2:1: /,
  });
  await assert.rejects(readPolicy('mime.yaml', folder, folder), { code: 'usage', hint: 'Did you mean mine.yaml?' });
});

test('a policy that is there and cannot be read is not taken for none', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'antivenom-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'antivenom.yaml'));
  await assert.rejects(readPolicy(undefined, folder, '/'), { code: 'EISDIR' });
});
