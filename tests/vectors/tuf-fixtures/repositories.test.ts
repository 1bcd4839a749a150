/** Public TUF repositories as their owners published them, and spoiled ones of other projects' tests. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  checkTargetBytes,
  type ErrorCode,
  type FoundTarget,
  findTarget,
  roleFileName,
  TrustedMetadata,
  targetUrlPath,
  type Verified,
} from '@antivenom/core';
import { tufTestEnv } from '@antivenom/testkit';

const folder = join(import.meta.dirname, '../../../../shared/fixtures/tuf');
const options = existsSync(folder) ? {} : { skip: `no fixtures at ${folder}` };

const CONFORMANCE = 'theupdateframework+tuf-conformance/tuf_conformance/static_data';
const SIGSTORE = 'sigstore+root-signing/metadata/root_history';
const TUF_ON_CI = 'theupdateframework+tuf-on-ci/tests/expected';
const TOUGH = 'awslabs+tough/tough/tests/data';

function read(...path: string[]): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, ...path)));
}

interface Repository {
  /** Folder with `metadata` (and `targets`). */
  readonly at: string;
  /** File of the root to start from, within that folder. */
  readonly root: string;
  /** Folder of the metadata, `metadata` where left out. */
  readonly metadata?: string;
  readonly now: string;
  readonly lastRoot: number;
  /** Target paths, each with the roles that lead there. */
  readonly targets?: Readonly<Record<string, string>>;
}

const GOOD: readonly Repository[] = [
  {
    at: `${CONFORMANCE}/sigstore-root-signing`,
    root: 'initial_root.json',
    now: '2025-02-09T12:02:08Z',
    lastRoot: 12,
    targets: { 'trusted_root.json': 'targets' },
  },
  {
    at: `${CONFORMANCE}/sigstore-root-signing`,
    root: 'metadata/5.root.json',
    now: '2025-02-09T12:02:08Z',
    lastRoot: 12,
    targets: { 'trusted_root.json': 'targets' },
  },
  {
    at: 'sigstore+root-signing',
    root: 'metadata/root_history/15.root.json',
    now: '2026-08-28T00:00:00Z',
    lastRoot: 15,
    targets: { 'trusted_root.json': 'targets', 'registry.npmjs.org/keys.json': 'targets registry.npmjs.org' },
  },
  {
    at: `${CONFORMANCE}/tuf-on-ci-0.11`,
    root: 'initial_root.json',
    now: '2025-02-09T09:17:23Z',
    lastRoot: 1,
    targets: { 'delegatedrole/artifact': 'targets delegatedrole' },
  },
  {
    at: `${TOUGH}/consistent-snapshots`,
    root: 'metadata/1.root.json',
    now: '2026-01-01T00:00:00Z',
    lastRoot: 1,
    targets: { 'data1.txt': 'targets', 'data2.txt': 'targets' },
  },
  {
    at: `${TOUGH}/rotated-root`,
    root: '1.root.json',
    metadata: '',
    now: '2026-01-01T00:00:00Z',
    lastRoot: 2,
  },
  {
    at: `${TOUGH}/tuf-reference-impl`,
    root: 'metadata/1.root.json',
    now: '2026-01-01T00:00:00Z',
    lastRoot: 1,
    targets: { 'file1.txt': 'targets', 'file2.txt': 'targets', 'file3.txt': 'targets role1' },
  },
  {
    at: 'theupdateframework+python-tuf/tests/repository_data/repository',
    root: 'metadata/1.root.json',
    now: '2026-01-01T00:00:00Z',
    lastRoot: 1,
    targets: { 'file1.txt': 'targets', 'file3.txt': 'targets role1' },
  },
  {
    at: 'theupdateframework+python-tuf/tests/repository_data/fishy_rolenames',
    root: 'metadata/1.root.json',
    now: '2026-01-01T00:00:00Z',
    lastRoot: 1,
  },
];

function refresh({ at, root, now, metadata = 'metadata' }: Repository): TrustedMetadata {
  const trusted = TrustedMetadata.fromRoot(read(at, root), tufTestEnv(Date.parse(now)));
  for (;;) {
    const next = `${trusted.root.version + 1}.root.json`;
    if (!existsSync(join(folder, at, metadata, next))) break;
    trusted.updateRoot(read(at, metadata, next));
  }
  trusted.finishRoots();
  trusted.updateTimestamp(read(at, metadata, 'timestamp.json'));
  const snapshot = versioned(join(at, metadata), 'snapshot', trusted.timestamp?.snapshotMeta.version);
  trusted.updateSnapshot(snapshot, { trusted: false });
  trusted.updateTargets(role(trusted, join(at, metadata), 'targets'));
  return trusted;
}

function role(trusted: TrustedMetadata, at: string, name: string): Uint8Array {
  return versioned(at, name, trusted.metaOf(name).version);
}

/** Some of the copies are of a client's store, where no name has a version. */
function versioned(at: string, name: string, version: number | undefined): Uint8Array {
  const file = roleFileName(name, version);
  return read(at, existsSync(join(folder, at, file)) ? file : roleFileName(name));
}

function find(trusted: TrustedMetadata, at: string, path: string): Verified<FoundTarget> | undefined {
  const search = findTarget(trusted, path);
  let step = search.next();
  for (; !step.done; step = search.next()) {
    const { role: name, parent } = step.value;
    trusted.updateDelegatedTargets(role(trusted, join(at, 'metadata'), name), name, parent);
  }
  return step.value;
}

describe('TUF repositories of others', options, () => {
  for (const repository of GOOD) {
    test(`${repository.at} verifies from ${repository.root}`, () => {
      const trusted = refresh(repository);
      assert.equal(trusted.root.version, repository.lastRoot);
      for (const [path, roles] of Object.entries(repository.targets ?? {})) {
        const target = find(trusted, repository.at, path);
        assert.ok(target, path);
        assert.equal(target.roles.join(' '), roles);
        const prefixed = join(repository.at, 'targets', targetUrlPath(target, true));
        const bytes = read(existsSync(join(folder, prefixed)) ? prefixed : join(repository.at, 'targets', path));
        checkTargetBytes(target, bytes, trusted.env.crypto);
      }
    });
  }
});

const EXPIRED_LONG_AGO = '2026-01-01T00:00:00Z';

/** What others hold in their tests, or published once, and why it is not taken. */
const REFUSED_ROOTS: readonly (readonly [file: string, code: ErrorCode, why: string])[] = [
  [`${TOUGH}/duplicate-keyid/root.json`, 'malformed', 'one key id stands twice in one object'],
  [`${TOUGH}/duplicate-sig-keys/root.json`, 'malformed', 'one key id signs twice'],
  [`${TOUGH}/duplicate-sigs/root.json`, 'malformed', 'one signature stands twice'],
  [`${TOUGH}/invalid-root-json-signature/root.json`, 'bad-signature', 'the signature is over something else'],
  [`${TOUGH}/mismatched-root-json-keyids/root.json`, 'threshold-not-met', 'the key that signs is not of the role'],
  [`${TOUGH}/no-root-json-signatures/root.json`, 'threshold-not-met', 'nobody signed'],
  [`${TOUGH}/cross-sign-root/1.root.json`, 'threshold-not-met', 'another key signed'],
  [`${SIGSTORE}/1.root.json`, 'malformed', 'its expiry is a local time with fractions'],
  [`${SIGSTORE}/2.root.json`, 'malformed', 'its expiry has fractions of a second'],
  [`${SIGSTORE}/4.root.json`, 'threshold-not-met', 'its ECDSA keys are bare points, not PEM'],
  [`${TUF_ON_CI}/basic/metadata/1.root.json`, 'threshold-not-met', 'its root key is on P-384'],
];

describe('TUF metadata of others that is refused', options, () => {
  for (const [file, code, why] of REFUSED_ROOTS) {
    test(`${file}, since ${why}`, () => {
      const env = tufTestEnv(Date.parse('2021-02-04T00:00:00Z'));
      assert.throws(() => TrustedMetadata.fromRoot(read(file), env), { code });
    });
  }

  test('a root that expired, and no sooner', () => {
    const file = read(SIGSTORE, '12.root.json');
    const at = (now: string) => TrustedMetadata.fromRoot(file, tufTestEnv(Date.parse(now)));
    assert.throws(() => at(EXPIRED_LONG_AGO).finishRoots(), {
      code: 'expired',
      message: '12.root.json expired on 2025-08-19, 134 days ago',
    });
    assert.throws(() => at('2025-08-19T14:33:09Z').finishRoots(), { code: 'expired' });
    at('2025-08-19T14:33:08Z').finishRoots();
  });

  test('a timestamp that expired', () => {
    const at = `${TOUGH}/expired-repository`;
    const repository = { at, root: 'metadata/1.root.json', now: EXPIRED_LONG_AGO, lastRoot: 1 };
    assert.throws(() => refresh(repository), { code: 'expired', message: /^timestamp\.json expired on 1999-01-01/ });
  });

  test('a timestamp whose expiry has fractions of a second', () => {
    const at = `${TOUGH}/dubious-role-names`;
    const repository = { at, root: 'metadata/1.root.json', now: EXPIRED_LONG_AGO, lastRoot: 1 };
    assert.throws(() => refresh(repository), { code: 'malformed', message: /`expires`/ });
  });

  test('target paths that climb, also where they would end within the folder', () => {
    const at = `${TOUGH}/safe-target-paths`;
    const trusted = refresh({ at, root: 'metadata/1.root.json', now: EXPIRED_LONG_AGO, lastRoot: 1 });
    const paths = [...(trusted.targets?.targets.keys() ?? [])];
    assert.deepEqual(paths, ['foo/../bar/../baz/../data1.txt', 'foo/bar/baz/../data2.txt']);
    for (const path of paths) assert.throws(() => find(trusted, at, path), { code: 'unsafe-name' });
    assert.equal(find(trusted, at, 'data1.txt'), undefined);
  });
});
