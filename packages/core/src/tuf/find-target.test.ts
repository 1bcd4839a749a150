import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TufRepository, tufTestEnv } from '@antivenom/testkit';
import { readJson } from '../json/read.ts';
import { Delegations } from './delegations.ts';
import { findTarget } from './find-target.ts';
import { checkTargetBytes, startTargetCheck } from './target-file.ts';
import { TrustedMetadata } from './trusted-metadata.ts';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);
const CONTENT = new TextEncoder().encode('content');

/** Delegations as `parent > child`, `!` for terminating, with paths if not every name; in order. */
function repositoryOf(...edges: string[]): TufRepository {
  const repository = new TufRepository(NOW);
  for (const edge of edges) {
    const [, parent = '', mark = '', child = '', pattern = '*'] = /^(\S+) >(!?) (\S+)(?: (\S+))?$/.exec(edge) ?? [];
    repository.delegate(parent, child, [pattern], mark === '!');
  }
  return repository;
}

async function visits(repository: TufRepository, path: string): Promise<string> {
  const visited: string[] = [];
  await repository.find(await repository.refresh(env), path, visited);
  return visited.join(' ');
}

describe('the search for a target', () => {
  test('goes through delegations in pre-order, each role once', async () => {
    const graphs: [string, ...string[]][] = [
      ['A B C', 'targets > A', 'targets > B', 'B > C'],
      ['A C D B', 'targets > A', 'targets > B', 'A > C', 'A > D'],
      ['A C D B', 'targets > A', 'targets > B', 'A > C', 'C > D'],
      ['A C', 'targets > A', 'targets > B', 'A >! C', 'A > D'],
      ['A C D', 'targets > A', 'targets > B', 'A >! C', 'C > D'],
      ['B', 'targets > A *.py', 'targets > B', 'A > C'],
      ['A B C D', 'targets > A', 'targets > B', 'B > C', 'C > D', 'D > B'],
      ['A C B', 'targets > A', 'targets > B', 'B > C', 'A > C'],
      ['A B C', 'targets > A', 'targets > B', 'B > C', 'A > C *.py'],
      ['A', 'targets > A', 'A > A'],
      ['A B C', 'targets > A', 'targets > C', 'A > B', 'B > C'],
    ];
    for (const [expected, ...edges] of graphs) {
      assert.equal(await visits(repositoryOf(...edges), 'missing'), expected, edges.join(', '));
    }
  });

  test('returns the file of the first role that lists it, with the way there', async () => {
    const repository = repositoryOf('targets > A', 'targets > B', 'A > C');
    repository.targetsRole('B').files.set('file', new TextEncoder().encode('of B'));
    const fromB = await repository.find(await repository.refresh(env), 'file');
    assert.deepEqual(fromB?.roles, ['targets', 'B']);
    repository.targetsRole('C').files.set('file', CONTENT);
    const fromC = await repository.find(await repository.refresh(env), 'file');
    assert.deepEqual(fromC?.roles, ['targets', 'A', 'C']);
    repository.targetsRole('targets').files.set('file', CONTENT);
    const own = await repository.find(await repository.refresh(env), 'file');
    assert.deepEqual(own?.roles, ['targets']);
  });

  test('believes no role about a path that is not delegated to it', async () => {
    const repository = repositoryOf('targets > A noarch/*');
    repository.targetsRole('A').files.set('linux-64/x', CONTENT).set('noarch/x', CONTENT);
    const trusted = await repository.refresh(env);
    assert.equal(await repository.find(trusted, 'linux-64/x'), undefined);
    assert.ok(await repository.find(trusted, 'noarch/x'));
    assert.equal(await repository.find(trusted, 'linux-64/x'), undefined, 'not even once the role is loaded');
  });

  test('asks for a role once, and again where another parent delegates it', async () => {
    const repository = repositoryOf('targets > A a*', 'targets > B b*', 'A > C', 'B > C');
    const trusted = await repository.refresh(env);
    const visited: string[] = [];
    for (const path of ['a1', 'a2', 'b1', 'b2']) await repository.find(trusted, path, visited);
    assert.deepEqual(visited, ['A', 'C', 'B', 'C']);
  });

  test('holds a role to the keys of the parent on whose way it is met', async () => {
    const repository = repositoryOf('targets > A a*', 'targets > B b*', 'A > C', 'B > C');
    repository.targetsRole('C').files.set('a1', CONTENT).set('b1', CONTENT);
    const trusted = await repository.refresh(env);
    assert.ok(await repository.find(trusted, 'a1'));
    const search = findTarget(trusted, 'b1');
    const first = search.next();
    assert.ok(!first.done && first.value.role === 'B');
    assert.throws(() => search.next(), { code: 'usage' }, 'C stands already under A, and counts for nothing here');
  });

  test('says so where the limit of roles ends it', async () => {
    const edges = Array.from({ length: 40 }, (_, index) => `targets > R${index}`);
    const repository = repositoryOf(...edges);
    repository.targetsRole('R31').files.set('found', CONTENT);
    repository.targetsRole('R32').files.set('late', CONTENT);
    const trusted = await repository.refresh(env);
    assert.ok(await repository.find(trusted, 'found'));
    await assert.rejects(repository.find(trusted, 'late'), {
      code: 'not-listed',
      message: /first 32/,
      details: { path: 'late' },
    });
  });

  test('counts no role twice towards the limit', async () => {
    const chain = Array.from({ length: 31 }, (_, index) => `R${index} > R${index + 1}`);
    const back = Array.from({ length: 31 }, (_, index) => `R31 > R${index}`);
    const repository = repositoryOf('targets > R0', ...chain, ...back);
    repository.targetsRole('R31').files.set('found', CONTENT);
    const trusted = await repository.refresh(env);
    assert.ok(await repository.find(trusted, 'found'));
    assert.equal(await repository.find(trusted, 'missing'), undefined);
    const shorter = repositoryOf(
      'targets > R0',
      ...chain.slice(0, 30),
      ...back.map((edge) => edge.replace('R31', 'R30')),
      'R30 > last',
    );
    shorter.targetsRole('last').files.set('found', CONTENT);
    assert.ok(await shorter.find(await shorter.refresh(env), 'found'));
  });

  test('asks for no path that could lead out of its folder, and not before the targets are there', async () => {
    const repository = new TufRepository(NOW);
    const trusted = await repository.refresh(env);
    assert.throws(() => findTarget(trusted, '../file').next(), { code: 'unsafe-name' });
    const early = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    assert.throws(() => findTarget(early, 'file').next(), {
      code: 'usage',
      message: /^updateTargets\(\) comes before/,
    });
  });

  test('finds the bin of a path by the hash of the path', async () => {
    const digest = env.crypto.createHash('sha256').update(new TextEncoder().encode('file')).digest();
    const hex = Buffer.from(digest).toString('hex');
    const delegations = (members: string) =>
      new Delegations(readJson(new TextEncoder().encode(`{"keys":{},${members}}`), env.limits.json), 'targets.json');
    const names = (of: Delegations) => [...of.rolesFor('file', env.crypto)].map(({ name }) => name);

    const prefixes = (prefix: string) =>
      delegations(
        `"roles":[{"name":"b","keyids":[],"threshold":1,"terminating":false,"path_hash_prefixes":["${prefix}"]}]`,
      );
    assert.deepEqual(names(prefixes(hex.slice(0, 3))), ['b']);
    assert.deepEqual(names(prefixes(hex.slice(1, 4))), []);

    for (const bits of [1, 3, 8, 16, 32]) {
      const bins = delegations(`"succinct_roles":{"keyids":[],"threshold":1,"bit_length":${bits},"name_prefix":"bin"}`);
      const number = BigInt(`0x${hex}`) >> BigInt(256 - bits);
      const name = `bin-${number.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
      assert.deepEqual(names(bins), [name]);
      assert.equal(bins.role(name)?.terminating, true);
      assert.equal(bins.role(`${name}0`), undefined);
      assert.equal(bins.role('bin-x'), undefined);
    }
  });
});

describe('a target', () => {
  async function target(change: (repository: TufRepository) => void = () => {}) {
    const repository = new TufRepository(NOW);
    repository.targetsRole('targets').files.set('file', CONTENT);
    change(repository);
    const found = await repository.find(await repository.refresh(env), 'file');
    assert.ok(found);
    return found;
  }

  test('is its bytes, in one piece or in many', async () => {
    const file = await target();
    checkTargetBytes(file, CONTENT, env.crypto);
    const check = startTargetCheck(file, env.crypto);
    for (const byte of CONTENT) check.update(new Uint8Array([byte]));
    check.finish();
  });

  test('is refused with the first byte too many, when it ends early, and when a bit is wrong', async () => {
    const file = await target();
    const check = startTargetCheck(file, env.crypto);
    check.update(CONTENT);
    assert.throws(() => check.update(new Uint8Array(1)), { code: 'length-mismatch' });
    assert.throws(() => checkTargetBytes(file, CONTENT.subarray(1), env.crypto), { code: 'length-mismatch' });
    const wrong = Uint8Array.from(CONTENT, (byte, index) => (index === 3 ? byte ^ 1 : byte));
    assert.throws(() => checkTargetBytes(file, wrong, env.crypto), { code: 'hash-mismatch' });
  });

  test('is refused without a hash that can be checked, and checked by each that can', async () => {
    const file = await target();
    const sha512 = Buffer.from(env.crypto.createHash('sha512').update(CONTENT).digest()).toString('hex');
    const none = { ...file, hashes: new Map() };
    assert.throws(() => checkTargetBytes(none, CONTENT, env.crypto), { code: 'hash-mismatch' });
    checkTargetBytes({ ...file, hashes: new Map(file.hashes).set('sha512', sha512) }, CONTENT, env.crypto);
    const bad = {
      ...file,
      hashes: new Map(file.hashes).set(
        'sha512',
        sha512.replace(/^./, (x) => (x === '0' ? '1' : '0')),
      ),
    };
    assert.throws(() => checkTargetBytes(bad, CONTENT, env.crypto), { code: 'hash-mismatch' });
  });
});

test('delegations that say two things at once, or nothing, are malformed', () => {
  const role = (members: Record<string, unknown>) => ({
    name: 'a',
    keyids: [],
    threshold: 1,
    terminating: false,
    paths: [],
    ...members,
  });
  const wrong = [
    { roles: [role({}), role({})] },
    { roles: [role({ name: 'snapshot' })] },
    { roles: [role({ name: '' })] },
    { roles: [role({ paths: undefined })] },
    { roles: [role({ path_hash_prefixes: [] })] },
    { roles: [role({ terminating: 'no' })] },
    { roles: [role({ paths: ['*', 1] })] },
    { roles: [], succinct_roles: { keyids: [], threshold: 1, bit_length: 1, name_prefix: 'b' } },
    { succinct_roles: { keyids: [], threshold: 1, bit_length: 33, name_prefix: 'b' } },
    {},
  ];
  const parse = (members: object) => {
    const text = JSON.stringify({ keys: {}, ...members });
    return new Delegations(readJson(new TextEncoder().encode(text), env.limits.json), 'targets.json');
  };
  for (const members of wrong) assert.throws(() => parse(members), { code: 'malformed' }, JSON.stringify(members));
  assert.equal(parse({ roles: [role({})] }).role('a')?.threshold, 1);
});
