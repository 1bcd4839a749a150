import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FoundTarget, Verified } from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import { agreeing, ownerAmong, type Statement } from './agreement.ts';

const URL_A = 'https://channel.example/a';

function statement(files: Readonly<Record<string, string>>): Statement {
  const listing = new Map(
    Object.entries(files).map(([path, digit]) => {
      const target = { path, length: 1, hashes: new Map([['sha256', digit.repeat(64)]]), roles: ['targets'] };
      return [path, target as unknown as Verified<FoundTarget>];
    }),
  );
  return { authority: {} as TufAuthority, listing, yanks: undefined };
}

test('those who list the same files agree, whether or not they list the chain of record signatures', () => {
  const owner = statement({ 'noarch/repodata.json': 'a', 'cct/key_mgr.json': 'c' });
  const voucher = statement({ 'noarch/repodata.json': 'a' });
  assert.deepEqual(agreeing(URL_A, [owner, voucher], 2), [owner, voucher]);
});

test('refuses where too few say the same, naming the file', () => {
  const one = statement({ 'noarch/repodata.json': 'a', 'linux-64/repodata.json': 'a' });
  const other = statement({ 'noarch/repodata.json': 'a', 'linux-64/repodata.json': 'b' });
  assert.throws(() => agreeing(URL_A, [one, other], 2), {
    code: 'threshold-not-met',
    message: /do not agree on linux-64\/repodata\.json: 1 of the 2/,
  });
  assert.deepEqual(agreeing(URL_A, [one, other, one], 2), [one, one]);
});

test('agreement is over a whole publication: no file may come from one generation and another from the next', () => {
  const first = statement({ 'noarch/repodata.json': 'a', 'linux-64/repodata.json': 'a' });
  const second = statement({ 'noarch/repodata.json': 'b', 'linux-64/repodata.json': 'a' });
  const third = statement({ 'noarch/repodata.json': 'b', 'linux-64/repodata.json': 'b' });
  // Each single file has two who agree on it.
  assert.throws(() => agreeing(URL_A, [first, second, third], 2), { code: 'threshold-not-met' });
});

test('a file that one of them does not list is a difference', () => {
  const more = statement({ 'noarch/repodata.json': 'a', 'win-64/repodata.json': 'a' });
  const fewer = statement({ 'noarch/repodata.json': 'a' });
  assert.throws(() => agreeing(URL_A, [fewer, more], 2), { message: /win-64\/repodata\.json/ });
});

test('those who list another chain of record signatures do not agree, whichever of them was trusted first', () => {
  const owner = statement({ 'noarch/repodata.json': 'a', 'cct/key_mgr.json': 'c' });
  const voucher = statement({ 'noarch/repodata.json': 'a' });
  const impostor = statement({ 'noarch/repodata.json': 'a', 'cct/key_mgr.json': 'd' });
  assert.throws(() => agreeing(URL_A, [impostor, owner], 2), {
    code: 'threshold-not-met',
    message: /do not agree on cct\/key_mgr\.json: 1 of the 2/,
  });
  assert.deepEqual(agreeing(URL_A, [impostor, owner, voucher, owner], 3), [owner, voucher, owner]);
  assert.throws(() => agreeing(URL_A, [impostor, owner, voucher], 3), { code: 'threshold-not-met' });
});

test('a pkg_mgr of mamba that is renewed with one of them first is no difference, another key_mgr of mamba is one', () => {
  const owner = statement({ 'noarch/repodata.json': 'a', 'key_mgr.json': 'c', 'pkg_mgr.json': 'e' });
  const lagging = statement({ 'noarch/repodata.json': 'a', 'key_mgr.json': 'c', 'pkg_mgr.json': 'd' });
  assert.deepEqual(agreeing(URL_A, [owner, lagging], 2), [owner, lagging]);
  const impostor = statement({ 'noarch/repodata.json': 'a', 'key_mgr.json': 'f', 'pkg_mgr.json': 'e' });
  assert.throws(() => agreeing(URL_A, [owner, impostor], 2), { message: /do not agree on key_mgr\.json/ });
});

test("a pkg_mgr of mamba's makes nobody the owner: the records would then be read without the chain that signs them", () => {
  const owner = statement({ 'noarch/repodata.json': 'a', 'cct/key_mgr.json': 'c' });
  const voucher = statement({ 'noarch/repodata.json': 'a', 'pkg_mgr.json': 'e' });
  assert.deepEqual(agreeing(URL_A, [voucher, owner], 2), [voucher, owner]);
  assert.equal(ownerAmong([voucher, owner]), owner);
  assert.equal(ownerAmong([voucher]), voucher);
});
