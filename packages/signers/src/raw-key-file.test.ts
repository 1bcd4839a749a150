import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readRawKey } from './raw-key-file.ts';

/** RFC 8032, section 7.1, test 1. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

const folder = await mkdtemp(join(tmpdir(), 'antivenom-raw-'));
after(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

test('reads 32 bytes, and hex of either case with space around it', async () => {
  for (const [name, bytes] of [
    ['a.pri', Buffer.from(SEED, 'hex')],
    ['a.key', `  ${SEED.toUpperCase()}\n`],
  ] as const) {
    const key = await readRawKey(await file(name, bytes));
    assert.deepEqual([Buffer.from(key.seed).toString('hex'), key.publicKey], [SEED, PUBLIC]);
  }
});

test('holds the public key beside it to the private one', async () => {
  const path = await file('b.pri', Buffer.from(SEED, 'hex'));
  await file('b.pub', Buffer.from(PUBLIC, 'hex'));
  assert.equal((await readRawKey(path)).publicKey, PUBLIC);
  await file('b.pub', Buffer.from(SEED, 'hex'));
  await assert.rejects(readRawKey(path), { code: 'usage', message: /is not the private key of the public one/ });
});

test('refuses what is no such key', async () => {
  for (const bytes of [
    '',
    SEED.slice(2),
    `${SEED}00`,
    `x${SEED.slice(1)}`,
    Buffer.alloc(33),
    '-----BEGIN PRIVATE KEY-----',
  ]) {
    await assert.rejects(readRawKey(await file('c.pri', bytes)), { code: 'usage', message: /c\.pri/ });
  }
});
