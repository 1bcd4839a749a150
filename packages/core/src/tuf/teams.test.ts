import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner, tufTestEnv } from '@antivenom/testkit';
import { mintVerified, type Verified } from '../verified.ts';
import { buildTargets, type DelegationFields, type TargetFields } from './build.ts';
import { signTuf } from './sign.ts';
import { parseTargets, type Targets } from './targets.ts';
import { isTeamName, teamsOf, teamWordOn, verifyTeamFile } from './teams.ts';

const PATH = 'noarch/a-1-0.conda';
const file = (path: string): TargetFields => ({ path, length: 1, hashes: new Map([['sha256', 'ab'.repeat(32)]]) });

/** `!` before a name: terminating; each is delegated the patterns after it. */
function role(
  files: readonly string[],
  ...roles: readonly (readonly [name: string, ...paths: string[]])[]
): Verified<Targets> {
  const delegations = roles.map(([name, ...paths]): DelegationFields => {
    const keys = [seededSigner(name).publicKey];
    return { name: name.replace('!', ''), paths, terminating: name.startsWith('!'), keys, threshold: 1 };
  });
  const fields = { version: 1, expires: 0, targets: files.map(file), ...(roles.length === 0 ? {} : { delegations }) };
  return mintVerified(parseTargets(buildTargets(fields, nodeCrypto), 'targets', 'targets.json'));
}

/** `team` and whether it signed the file; undefined where the path is no team's. */
function word(targets: Verified<Targets>, signed: Readonly<Record<string, Verified<Targets>>>, path = PATH) {
  const found = teamWordOn(path, targets, (team) => new Map(Object.entries(signed)).get(team), nodeCrypto);
  return found && [found.team, found.file?.path];
}

test('roles that online keys sign, and top-level ones, are no teams', () => {
  for (const name of ['index', 'yank', 'bins', 'root', 'timestamp', 'snapshot', 'targets'])
    assert.equal(isTeamName(name), false, name);
  for (const name of ['team', 'Index', 'bins-1', '']) assert.equal(isTeamName(name), true, name);
});

test('teams are told in their order, with whether they end the search and may sign indexes', () => {
  const targets = role(
    [],
    ['!b', 'noarch/b-*.conda', '*/repodata.json'],
    ['index', '*/repodata.json'],
    ['a', 'noarch/*'],
  );
  assert.deepEqual(teamsOf(targets), [
    { name: 'b', terminating: true, signsIndexes: true },
    { name: 'a', terminating: false, signsIndexes: true },
  ]);
  assert.deepEqual(teamsOf(role([], ['c', 'noarch/c-*.conda'])), [
    { name: 'c', terminating: false, signsIndexes: false },
  ]);
  assert.deepEqual(teamsOf(role([])), []);
});

test('a team may sign indexes where some index that a channel may have bears a name of its patterns', () => {
  const signsIndexes = (...paths: string[]) => teamsOf(role([], ['t', ...paths]))[0]?.signsIndexes;
  for (const path of [
    '*/repodata.json',
    'noarch/*',
    '*/*',
    'linux-64/repodata.json.zst',
    '*/r*.json',
    '*',
    'channeldata.json',
  ]) {
    assert.equal(signsIndexes('noarch/numpy-*.conda', path), true, path);
  }
  for (const path of ['a*.txt', '*/*/*/*', 'a/repodata.json/b/c', 'noarch/numpy-*.conda', '/']) {
    assert.equal(signsIndexes(path), false, path);
  }
});

test('a file of a team is read on its own by the keys of its delegation, also where it has expired', async () => {
  const env = tufTestEnv(Date.UTC(2026, 0, 12));
  const [first, second] = [seededSigner('first'), seededSigner('second')];
  const signed = buildTargets({ version: 4, expires: 0, targets: [file(PATH)] }, nodeCrypto);
  const bytes = await signTuf(signed, [first], nodeCrypto);
  const keys = [first.publicKey, second.publicKey];
  const read = verifyTeamFile(bytes, 'team', { keys, threshold: 1 }, env);
  assert.deepEqual([read.role, read.version, read.targets.get(PATH)?.path], ['team', 4, PATH]);
  assert.throws(() => verifyTeamFile(bytes, 'team', { keys, threshold: 2 }, env), {
    code: 'threshold-not-met',
    message: 'team.json is signed by 1 of the 2 distinct keys that its delegation asks for',
  });
  const strange = { keys: [second.publicKey], threshold: 1 };
  assert.throws(() => verifyTeamFile(bytes, 'team', strange, env), { code: 'threshold-not-met' });
});

test('the first team that signed a file has the word on it', () => {
  const targets = role([], ['a', 'noarch/*'], ['b', '*/*'], ['c', 'linux-64/*']);
  assert.deepEqual(word(targets, { a: role([PATH]), b: role([PATH]) }), ['a', PATH]);
  assert.deepEqual(word(targets, { a: role([]), b: role([PATH]) }), ['b', PATH]);
  assert.equal(word(targets, { a: role([]), b: role([]) }), undefined);
  assert.equal(word(targets, {}, 'osx-64/deep/a.conda'), undefined);
  assert.equal(word(role([]), {}), undefined);
});

test('a terminating team has the last word, and so has one whose metadata is missing', () => {
  assert.deepEqual(word(role([], ['!a', '*/*'], ['b', '*/*']), { a: role([]), b: role([PATH]) }), ['a', undefined]);
  assert.deepEqual(word(role([], ['a', '*/*'], ['b', '*/*']), { b: role([PATH]) }), ['a', undefined]);
});

test('what the offline role lists itself, or a role of online keys may speak of first, is no word of a team', () => {
  const signed = { a: role([PATH]), index: role([PATH]) };
  assert.equal(word(role([PATH], ['a', '*/*']), signed), undefined);
  assert.equal(word(role([], ['index', '*/*'], ['a', '*/*']), signed), undefined);
  assert.deepEqual(word(role([], ['index', '*/*.json'], ['a', '*/*']), signed), ['a', PATH]);
});

test('where a team left a path to a delegate of its own, no later team has the word', () => {
  const targets = role([], ['a', '*/*'], ['b', '*/*']);
  assert.equal(word(targets, { a: role([], ['inner', 'noarch/*']), b: role([PATH]) }), undefined);
  assert.deepEqual(word(targets, { a: role([], ['inner', 'linux-64/*']), b: role([PATH]) }), ['b', PATH]);
});
