/** Which roles `antivenom-tuf` asks about a target, in which order, and whom it believes. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { StagedRepository, seededSigner, type TufRepository } from '@antivenom/testkit';

/** `parent > child`, `!` for a terminating delegation, then the paths; `*` where none are given. */
function delegate(repository: TufRepository, graph: readonly string[]): void {
  for (const line of graph) {
    const [, parent = '', terminating, child = '', paths = ''] = /^(\S+) >(!?) (\S+) ?(.*)$/.exec(line) ?? [];
    repository.delegate(parent, child, paths === '' ? ['*'] : paths.split(' '), terminating === '!');
  }
}

function delegatedAsked(staged: StagedRepository): string[] {
  return staged
    .asked()
    .filter((path) => !path.startsWith('/targets/'))
    .slice(4)
    .map((path) => path.replace(/^1\.(.*)\.json$/, '$1'));
}

const GRAPHS: readonly (readonly [graph: readonly string[], visited: string])[] = [
  [['targets > A'], 'A'],
  [['targets > A', 'targets > B'], 'A B'],
  [['targets > A', 'targets > B', 'B > C'], 'A B C'],
  [['targets > A', 'targets > B', 'A > C', 'A > D'], 'A C D B'],
  [['targets > A', 'targets > B', 'A > C', 'C > D'], 'A C D B'],
  [['targets > A', 'targets > B', 'A >! C', 'A > D'], 'A C'],
  [['targets > A', 'targets > B', 'A >! C', 'C > D'], 'A C D'],
  [['targets > A *.py', 'targets > B', 'A > C'], 'B'],
  [['targets > A', 'targets > B', 'A > C *.py', 'C > D'], 'A B'],
  [['targets > A', 'targets > B', 'B > C', 'C > D', 'D > B'], 'A B C D'],
  [['targets > A', 'targets > B', 'B > C', 'A > C'], 'A C B'],
  [['targets > A', 'targets > B', 'B > C', 'A > C *.py'], 'A B C'],
];

test('roles are searched in pre-order, each once, to the end of a terminating one', async () => {
  for (const [graph, visited] of GRAPHS) {
    await using staged = await StagedRepository.start((repository) => delegate(repository, graph));
    await staged.refused('not-listed', 'download', 'missing');
    assert.equal(delegatedAsked(staged).join(' '), visited, graph.join(', '));
  }
});

test('a role speaks of what every role on the way delegates to it', async () => {
  const cases: readonly (readonly [path: string, content: string | undefined, visited: string])[] = [
    ['top', 'by targets', ''],
    ['README.md', 'by A', 'A'],
    ['releases/x/x_v1', 'by C', 'B C'],
    ['releases/y/y_v1.zip', 'by D', 'B D'],
    ['releases/z/z_v1.zip', undefined, 'B'],
    ['releases/README.md', undefined, ''],
    ['foo-1.tgz', 'by A', 'A'],
    ['foo-alpha.tgz', undefined, ''],
    ['README.MD', undefined, ''],
  ];
  await using staged = await StagedRepository.start((repository) => {
    delegate(repository, [
      'targets > A *.doc *.md foo-?.tgz',
      'targets > B releases/*/*',
      'B > C releases/x/*',
      'B > D releases/y/*.zip',
    ]);
    for (const [role, paths] of [
      ['targets', ['top']],
      ['A', ['README.md', 'releases/README.md', 'foo-1.tgz', 'foo-alpha.tgz', 'README.MD']],
      ['C', ['releases/x/x_v1']],
      ['D', ['releases/y/y_v1.zip', 'releases/z/z_v1.zip']],
    ] as const) {
      for (const path of paths) repository.targetsRole(role).files.set(path, new TextEncoder().encode(`by ${role}`));
    }
  });
  for (const [path, content, visited] of cases) {
    staged.asked();
    if (content === undefined) await staged.refused('not-listed', 'download', path);
    else await staged.accepted('download', path);
    assert.equal((await staged.downloaded())[encodeURIComponent(path)], content, path);
    // What was asked for once is kept.
    for (const role of visited.split(' ').filter((name) => name !== '')) {
      assert.ok((await staged.versions())[role], `${role} for ${path}`);
    }
  }
});

test('a role is held to the keys of the parent on whose way it is met, also in one run and from what is kept', async () => {
  await using staged = await StagedRepository.start((repository) => {
    delegate(repository, [
      'targets > parent-a team-a/*',
      'targets > parent-b team-b/*',
      'parent-a > release team-a/*',
      'parent-b > release team-b/*',
    ]);
    const { files } = repository.targetsRole('release');
    for (const team of ['team-a', 'team-b']) files.set(`${team}/file`, new TextEncoder().encode(team));
    // Parent B names another key than the one that signs.
    const other = Buffer.from(seededSigner('other').publicKey.bytes).toString('hex');
    const own = Buffer.from(seededSigner('release').publicKey.bytes).toString('hex');
    repository.targetsRole('parent-b').forgery = (signed) => signed.replaceAll(own, other);
  });
  await staged.refused(['bad-signature', 'threshold-not-met'], 'download', 'team-a/file', 'team-b/file');
  assert.deepEqual(await staged.downloaded(), { 'team-a%2Ffile': 'team-a' });
  await staged.refused(['bad-signature', 'threshold-not-met'], 'download', 'team-b/file');
  await staged.accepted('download', 'team-a/file');
});

test('a role that the snapshot does not name is neither asked for nor believed', async () => {
  await using staged = await StagedRepository.start((repository) => {
    delegate(repository, ['targets > delegated paths/*']);
    repository.targetsRole('delegated').files.set('paths/foo', new Uint8Array(1));
    repository.snapshot.forgery = (signed) => signed.replace('"delegated.json"', '"other.json"');
  });
  await staged.accepted('refresh');
  staged.asked();
  await staged.refused('missing', 'download', 'paths/foo');
  assert.deepEqual(staged.asked(), ['2.root.json', 'timestamp.json']);
  assert.equal((await staged.versions())['delegated'], undefined);
});

test('a search that leads on without end stops at the limit, and says how many roles that is', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
    for (let role = 0; role < 1100; role++) repository.delegate('targets', `r${role}`, ['*']);
  });
  const message = await staged.refused('not-listed', 'download', 'missing');
  assert.match(message, /none of the first 1024 delegated roles/);
  assert.equal(delegatedAsked(staged).length, 1024);
});

test('roles of any name are asked for and stored by it, percent-escaped', async () => {
  const names = [
    '?',
    '#',
    '/delegatedrole',
    '../delegatedrole',
    'a b',
    'ö😀',
    '%2e',
    '__proto__',
    '.lock',
    'C:\\x',
    "!'()*",
  ];
  await using staged = await StagedRepository.start((repository) => {
    for (const name of names) repository.delegate('targets', name, ['*']);
  });
  await staged.refused('not-listed', 'download', 'missing');
  const escaped = names.map((name) =>
    encodeURIComponent(name).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  );
  assert.deepEqual(delegatedAsked(staged), escaped);
  const kept = (await readdir(staged.metadata)).filter((name) => name.endsWith('.json'));
  assert.deepEqual(
    kept.sort(),
    [...escaped, 'root', 'snapshot', 'targets', 'timestamp'].map((n) => `${n}.json`).sort(),
  );
});
