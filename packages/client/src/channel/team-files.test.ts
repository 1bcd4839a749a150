import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageDigest, Targets, Verified } from '@antivenom/core';
import { sha256Hex } from '@antivenom/node';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';
import { TeamFiles } from './team-files.ts';

const NOW = Date.UTC(2026, 0, 12);
const FOO = 'linux-64/foo-1.0-0.conda';
const BYTES = new Uint8Array([1, 2, 3]);
const OTHER = new Uint8Array([4, 5, 6]);

/** The teams of a repository as it is now; a role that its snapshot does not name is not there. */
async function teamsOf(repository: TufRepository, now = NOW): Promise<TeamFiles> {
  const trusted = await repository.refresh(tufTestEnv(now));
  const delegated = async (name: string): Promise<Verified<Targets>> => {
    const { targets } = trusted;
    assert.ok(targets);
    if (trusted.delegatedTargets(name, targets) === undefined) {
      trusted.metaOf(name);
      trusted.updateDelegatedTargets(await repository.targetsFile(name), name, targets);
    }
    return trusted.delegatedTargets(name, targets) ?? assert.fail(name);
  };
  return TeamFiles.of([{ trusted, delegated }]);
}

function repositoryOf(...teams: [name: string, paths: string[], terminating: boolean][]): TufRepository {
  const repository = new TufRepository(NOW);
  for (const [name, paths, terminating] of teams) repository.delegate('targets', name, paths, terminating);
  return repository;
}

function list(repository: TufRepository, role: string, bytes = BYTES, path = FOO): void {
  repository.targetsRole(role).files.set(path, bytes);
}

const RECORD = { sha256: sha256Hex(BYTES), size: BYTES.length };
const teamOf = async (repository: TufRepository, path = FOO, record: PackageDigest = RECORD) =>
  (await teamsOf(repository)).teamOf(path, record);

test('a file that its team signed is its evidence; any other file is refused, and a stranger to its patterns is nobody’s', async () => {
  const repository = repositoryOf(['foo-team', ['*/foo-*'], true]);
  await assert.rejects(teamOf(repository), {
    code: 'not-listed',
    message: `${FOO} is a file of foo-team, which did not sign it`,
  });
  list(repository, 'foo-team');
  assert.equal(await teamOf(repository), 'foo-team');
  assert.equal(await teamOf(repository, 'linux-64/bar-1.0-0.conda'), undefined);
  assert.equal(await teamOf(repository, FOO, { ...RECORD, size: undefined }), 'foo-team');
  await assert.rejects(teamOf(repository, FOO, { ...RECORD, sha256: sha256Hex(OTHER) }), {
    code: 'not-listed',
    message: `the index lists another ${FOO} than foo-team signed`,
  });
  await assert.rejects(teamOf(repository, FOO, { ...RECORD, size: 4 }), { code: 'not-listed' });
});

test('roles that online keys sign make no file evidence, wherever they stand', async () => {
  for (const role of ['index', 'yank', 'bins']) {
    const repository = repositoryOf([role, ['*/*.conda'], false], ['foo-team', ['*/foo-*'], true]);
    list(repository, role);
    list(repository, 'foo-team');
    assert.equal(await teamOf(repository), undefined, role);
  }
});

test('a delegation that an online role made is no team’s', async () => {
  const repository = repositoryOf(['index', ['*/*.conda'], false]);
  repository.delegate('index', 'foo-team', ['*/foo-*'], true);
  list(repository, 'foo-team');
  assert.equal(await teamOf(repository), undefined);
});

test('the first team that speaks is the one, and none is asked after one whose delegation is terminating', async () => {
  const open = repositoryOf(['one', ['*/foo-*'], false], ['two', ['*/foo-*'], false]);
  list(open, 'two');
  assert.equal(await teamOf(open), 'two');
  list(open, 'one', OTHER);
  await assert.rejects(teamOf(open), { code: 'not-listed', message: /than one signed/ });

  const closed = repositoryOf(['one', ['*/foo-*'], true], ['two', ['*/foo-*'], true]);
  list(closed, 'two');
  await assert.rejects(teamOf(closed), { code: 'not-listed', message: /is a file of one, which/ });
});

test('where no team of open delegations speaks, the file is nobody’s', async () => {
  assert.equal(await teamOf(repositoryOf(['one', ['*/foo-*'], false])), undefined);
});

test('what a team’s own delegate lists is not the team’s word', async () => {
  const open = repositoryOf(['one', ['*/foo-*'], false], ['two', ['*/foo-*'], false]);
  open.delegate('one', 'helper', ['*/foo-*']);
  list(open, 'helper');
  list(open, 'two');
  assert.equal(await teamOf(open), undefined);

  const closed = repositoryOf(['one', ['*/foo-*'], true]);
  closed.delegate('one', 'helper', ['*/foo-*']);
  list(closed, 'helper');
  await assert.rejects(teamOf(closed), { code: 'not-listed' });
});

test('what the offline role lists itself is no team’s', async () => {
  const repository = repositoryOf(['foo-team', ['*/foo-*'], true]);
  list(repository, 'foo-team');
  list(repository, 'targets');
  assert.equal(await teamOf(repository), undefined);
});

test('a team whose metadata is missing, expired or signed by others refuses its packages alone', async () => {
  const cases: [what: string, spoil: (repository: TufRepository) => void, message: RegExp][] = [
    [
      'missing',
      ({ snapshot }) => {
        snapshot.forgery = (text) => text.replace('"foo-team.json"', '"other.json"');
      },
      /whose signature is not good: snapshot.json does not name foo-team.json/,
    ],
    [
      'expired',
      (repository) => {
        repository.targetsRole('foo-team').expires = NOW;
      },
      /whose signature is not good: foo-team.json expired/,
    ],
    [
      'by another key',
      (repository) => {
        repository.targetsRole('foo-team').signedBy = [seededSigner('index')];
      },
      /signed by 0 of the 1 distinct keys/,
    ],
  ];
  for (const [what, spoil, message] of cases) {
    const repository = repositoryOf(['foo-team', ['*/foo-*'], true], ['bar-team', ['*/bar-*'], true]);
    list(repository, 'foo-team');
    list(repository, 'bar-team', BYTES, 'noarch/bar-1-0.conda');
    spoil(repository);
    const teams = await teamsOf(repository);
    assert.throws(() => teams.teamOf(FOO, RECORD), { code: 'not-listed', message }, what);
    assert.equal(teams.teamOf('noarch/bar-1-0.conda', RECORD), 'bar-team', what);
    assert.equal(teams.teamOf('noarch/baz-1-0.conda', RECORD), undefined, what);
  }
});
