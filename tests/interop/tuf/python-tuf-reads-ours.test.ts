import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { matchesPathPattern, roleFileName } from '@antivenom/core';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';

const python = process.env['ANTIVENOM_INTEROP_PYTHON'];
const options = python === undefined ? { skip: 'ANTIVENOM_INTEROP_PYTHON names no python with tuf' } : {};
const NOW = Date.UTC(2026, 0, 12);
const CONTENT = new TextEncoder().encode('content');

function run(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(python ?? '', args, { encoding: 'utf8', input });
  assert.equal(status, 0, stderr);
  return stdout;
}

describe('python-tuf', options, () => {
  const folder = mkdtempSync(join(tmpdir(), 'antivenom-python-tuf-'));
  after(() => rmSync(folder, { recursive: true }));

  async function write(repository: TufRepository): Promise<void> {
    const put = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, `${name}.json`), bytes);
    put('root', await repository.rootFile());
    put('timestamp', await repository.timestampFile());
    put('snapshot', await repository.snapshotFile());
    for (const name of repository.targets.keys()) put(name, await repository.targetsFile(name));
  }

  function repositoryWithIndex(): TufRepository {
    const repository = new TufRepository(NOW);
    repository.root.version = 3;
    repository.root.threshold = 2;
    repository.root.signers = ['a', 'b', 'c'].map(seededSigner);
    const index = repository.delegate('targets', 'index', ['*/repodata.json', '*/repodata.json.zst'], true);
    index.files
      .set('linux-64/repodata.json', CONTENT)
      .set('noarch/repodata.json.zst', CONTENT)
      .set('elsewhere', CONTENT);
    return repository;
  }

  test('verifies what our builders made and signed, and sees the same', async () => {
    const repository = repositoryWithIndex();
    await write(repository);
    const seen = JSON.parse(run([join(import.meta.dirname, 'read_metadata.py'), folder]));
    assert.deepEqual(seen.versions, [3, 1, 1, 1]);
    assert.equal(seen.expires, '2026-01-13T00:00:00+00:00');
    assert.deepEqual(seen.delegated, [
      ['linux-64/repodata.json', ['index']],
      ['noarch/repodata.json.zst', ['index']],
      ['elsewhere', []],
    ]);
    const trusted = await repository.refresh(tufTestEnv(NOW));
    assert.deepEqual(seen.keys, [...trusted.root.keys.keys()].sort());
    assert.deepEqual(seen.keys, seen.computed_keys, 'our key ids are those that securesystemslib computes');
  });

  test('refuses the same files once a signature is not of its role', async () => {
    const repository = repositoryWithIndex();
    const index = repository.targetsRole('index');
    const [owner] = index.signers;
    assert.ok(owner);
    index.signers = [{ publicKey: owner.publicKey, sign: seededSigner('thief').sign }];
    await write(repository);
    const { status, stderr } = spawnSync(python ?? '', [join(import.meta.dirname, 'read_metadata.py'), folder], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /UnsignedMetadataError: index was signed by 0\/1 keys/);
  });

  test('names the same paths by the same patterns', () => {
    const script = `
import json, sys
from tuf.api.metadata import DelegatedRole
match = DelegatedRole._is_target_in_pathpattern
print(json.dumps([match(path, pattern) for pattern, path in json.load(sys.stdin)]))`;
    // A small alphabet of what means something in patterns; the seed is fixed, and printed with a failure.
    const alphabet = ['*', '?', '[', ']', '!', '-', '^', 'a', 'b', 'c', '/', '.', '\\', '{', '&', '|', '~', '😀'];
    let seed = 20_260_112;
    const pick = (limit: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * limit);
    };
    const word = (letters: readonly string[], length: number) =>
      Array.from({ length: pick(length) }, () => letters[pick(letters.length)]).join('');
    const cases = Array.from({ length: 20_000 }, () => [word(alphabet, 8), word(alphabet.slice(3), 5)] as const);
    const expected: boolean[] = JSON.parse(run(['-c', script], JSON.stringify(cases)));
    const wrong = cases.filter(([pattern, path], index) => matchesPathPattern(pattern, path) !== expected[index]);
    assert.deepEqual(wrong, [], 'seed 20260112');
    assert.ok(expected.filter(Boolean).length > 100, 'enough of the cases match');
  });

  test('escapes role names into the same file names', () => {
    const names = ['targets', '../a', 'a b', 'ö😀', "!'()*~-_.", '%2e', 'a/b\\c', 'x:y', '\u0001'];
    const script =
      'import json, sys, urllib.parse\nprint(json.dumps([urllib.parse.quote(n, "") for n in json.load(sys.stdin)]))';
    const expected: string[] = JSON.parse(run(['-c', script], JSON.stringify(names)));
    assert.deepEqual(
      names.map((name) => roleFileName(name)),
      expected.map((name) => `${name}.json`),
    );
  });
});
