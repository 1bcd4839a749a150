/** Role files that are no role files, or another role’s. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, KeyThief, readRoles, StagedChannel } from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const { index, snapshot, targets } = readRoles(owner.folder);
const FILES: Readonly<Record<string, string>> = {
  root: 'tuf/2.root.json',
  timestamp: 'tuf/timestamp.json',
  snapshot: `tuf/${snapshot.version}.snapshot.json`,
  targets: `tuf/${targets.version}.targets.json`,
  index: `tuf/${index.version}.index.json`,
};
const root = await readFile(join(owner.folder, 'tuf/1.root.json'));
const GARBAGE: readonly [what: string, make: (file: Buffer) => Buffer | string][] = [
  ['a web page', () => '<!DOCTYPE html><html><body>Sign in</body></html>'],
  ['nothing', () => ''],
  ['half of it', (file) => file.subarray(0, file.length / 2)],
  ['JSON of another shape', () => '{"signatures": {}, "signed": []}'],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['no signatures', (file) => `{"signed":${JSON.stringify(JSON.parse(String(file)).signed)}}`],
];

for (const [role, path] of Object.entries(FILES)) {
  test(`refuses garbage in the place of ${role}`, async () => {
    await using channel = await StagedChannel.of(owner);
    const genuine = await readFile(join(channel.folder, path)).catch(() => root);
    for (const [what, make] of GARBAGE) {
      channel.answer(path, { status: 200, body: make(genuine) });
      const before = await channel.store();
      const { status, document } = await channel.verify();
      const shown = `${what}: ${JSON.stringify(document)}`;
      assert.equal(status, 1, shown);
      const codes = ['malformed', 'hash-mismatch', 'length-mismatch'];
      if (what === 'no signatures') codes.push('threshold-not-met', 'version-mismatch');
      assert.ok(codes.includes(document.code), shown);
      assert.match(document.message, RegExp(role), shown);
      const kept = await channel.store();
      for (const [file, hash] of before) assert.equal(kept.get(file), hash, file);
    }
    channel.answer(path, undefined);
    await channel.accept('verify', 'channel', channel.url);
  });
}

test('refuses a role that says it is another, signed with the role’s keys', async () => {
  for (const role of ['timestamp', 'snapshot', 'targets', 'index'] as const) {
    for (const type of [role === 'timestamp' ? 'snapshot' : 'timestamp', undefined]) {
      await using channel = await StagedChannel.of(owner);
      await thief.republish(channel.folder, { [role]: (signed: object) => Object.assign(signed, { _type: type }) });
      const { status, document } = await channel.verify();
      const shown = `${role} as ${type}: ${JSON.stringify(document)}`;
      assert.deepEqual({ status, code: document.code }, { status: 1, code: 'malformed' }, shown);
    }
  }
});

test('refuses garbage in the place of conda-content-trust’s key_mgr', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using alone = await StagedChannel.of(owner, { trust, seen: true });
  await using beside = await StagedChannel.of(owner, { seen: true });
  const genuine = await readFile(join(owner.folder, 'cct/key_mgr.json'));
  for (const [at, [what, make]] of GARBAGE.entries()) {
    if (at % 2 === 1) {
      beside.answer('cct/key_mgr.json', { status: 200, body: make(genuine) });
      const { status, document } = await beside.verify();
      assert.equal(status, 1, `${what}: ${JSON.stringify(document)}`);
      continue;
    }
    alone.answer('cct/key_mgr.json', { status: 200, body: make(genuine) });
    const codes = ['malformed', 'threshold-not-met'];
    await alone.refused({ status: 1, code: codes, names: /key_mgr/ }, 'verify', 'channel', alone.url);
  }
});
