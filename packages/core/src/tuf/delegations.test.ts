import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { object } from '../json/build.ts';
import { readJson } from '../json/read.ts';
import type { JsonValue } from '../json/value.ts';
import { mintVerified } from '../verified.ts';
import { delegationOf } from './delegation.ts';
import { Delegations } from './delegations.ts';
import type { Targets } from './targets.ts';

const HEX = createHash('sha256').update('noarch/a.conda').digest('hex');

interface Listed {
  readonly name: string;
  readonly paths?: readonly string[];
  readonly path_hash_prefixes?: readonly string[];
}

function delegations(...roles: readonly Listed[]): Delegations {
  const members = roles.map((role) => ({ keyids: [role.name], threshold: 1, terminating: false, ...role }));
  return parse({ keys: {}, roles: members });
}

function parse(value: unknown): Delegations {
  const json: JsonValue = readJson(new TextEncoder().encode(JSON.stringify(value)), { maxBytes: 10_000, maxDepth: 9 });
  return new Delegations(json, 'targets.json');
}

const names = (of: Delegations) => [...of.rolesFor('noarch/a.conda', nodeCrypto)].map(({ name }) => name);

test('a role speaks of a path that any one of its patterns or hash prefixes covers', () => {
  const of = delegations(
    { name: 'pattern', paths: ['linux-64/*', 'noarch/*.conda'] },
    { name: 'other pattern', paths: ['linux-64/*'] },
    { name: 'hash', path_hash_prefixes: ['0'.repeat(64), HEX.slice(0, 4), 'f'.repeat(64)] },
    { name: 'other hash', path_hash_prefixes: [HEX.slice(1, 20)] },
    { name: 'no pattern', paths: [] },
    { name: 'no hash', path_hash_prefixes: [] },
    { name: 'every hash', path_hash_prefixes: [''] },
  );
  assert.deepEqual(names(of), ['pattern', 'hash', 'every hash']);
});

test('roles are told in order of appearance, and those with patterns by these', () => {
  const of = delegations(
    { name: '2', paths: ['a', 'b/*'] },
    { name: '1', path_hash_prefixes: ['ab'] },
    { name: 'x', paths: ['c'] },
  );
  assert.deepEqual(
    [...of.named].map(({ name }) => name),
    ['2', '1', 'x'],
  );
  assert.deepEqual(
    [...of.byPattern()].map(({ role, patterns }) => [role.name, ...patterns.map(({ text }) => text)]),
    [
      ['2', 'a', 'b/*'],
      ['x', 'c'],
    ],
  );
});

test('hash bins are none of the roles that are named one by one', () => {
  const of = parse({ keys: {}, succinct_roles: { keyids: [], threshold: 1, bit_length: 1, name_prefix: 'bin' } });
  assert.deepEqual([...of.named, ...of.byPattern()], []);
});

test('no top-level role, nameless role or role named before can be delegated to', () => {
  for (const name of ['root', 'timestamp', 'snapshot', 'targets', '']) {
    assert.throws(() => delegations({ name, paths: [] }), { code: 'malformed' }, name);
  }
  const roles = [
    { name: 'a', paths: [] },
    { name: 'b', paths: [] },
  ];
  delegations(...roles);
  assert.throws(() => delegations(...roles, { name: 'b', paths: ['*'] }), { code: 'malformed' });
});

test('a role is held to the keys of the parent that names it, and to none where no parent does', () => {
  const parent = (of: Delegations | undefined) =>
    mintVerified({ role: '../up', delegations: of } as unknown as Targets);
  const { holder, delegator } = delegationOf('a', parent(delegations({ name: 'a', paths: [] })));
  assert.deepEqual([holder.keyIds, delegator], [['a'], '..%2Fup.json']);
  for (const none of [undefined, delegations({ name: 'b', paths: [] })]) {
    assert.throws(() => delegationOf('a', parent(none)), { code: 'missing', message: /^\.\.%2Fup\.json .* "a"$/ });
  }
});

test('members of another kind are refused by the name of the role', () => {
  const role = { name: 'r', keyids: [], threshold: 1, terminating: false, paths: [] };
  for (const members of [
    { terminating: 0 },
    { threshold: 0 },
    { keyids: [1] },
    { paths: '*' },
    { keyids: ['a', 'a'] },
  ]) {
    assert.throws(() => parse({ keys: {}, roles: [{ ...role, ...members }] }), {
      code: 'malformed',
      message: /^targets\.json: role "r"/,
    });
  }
  assert.throws(() => new Delegations(object({ keys: object({}) }), 'x'), { code: 'malformed' });
});
