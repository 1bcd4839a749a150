/** A verdict of `antivenom-tuf` on each public repository of TUF metadata, at a time when it was valid. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runAntivenom } from '@antivenom/testkit';

const FIXTURES = join(import.meta.dirname, '../../../../shared/fixtures/tuf');
const options = existsSync(FIXTURES) ? {} : { skip: `no fixtures at ${FIXTURES}` };

const TOUGH = 'awslabs+tough/tough/tests/data';
const SIGSTORE = 'sigstore+root-signing/metadata';
const STATIC = 'theupdateframework+tuf-conformance/tuf_conformance/static_data';
const PYTHON_TUF = 'theupdateframework+python-tuf/tests/repository_data';
const ON_CI = 'theupdateframework+tuf-on-ci';

const LATE = '2020-10-01T00:00:00Z';
const P384 = 'signatures blotted out, and keys on P-384, which the specification does not name';
const UNSIGNED = 'nobody signed';

interface Verdict {
  /** Folder of the metadata. */
  readonly at: string;
  /** The root that is trusted first, `1.root.json` where left out. */
  readonly root?: string;
  readonly now?: string;
  /** Of the refusal; none: it is accepted. */
  readonly code?: string;
  readonly why?: string;
  /** Version of the newest root where it is accepted. */
  readonly lastRoot?: number;
}

const VERDICTS: readonly Verdict[] = [
  { at: `${TOUGH}/consistent-snapshots/metadata`, now: LATE, lastRoot: 1 },
  { at: `${TOUGH}/cross-sign-root`, code: 'threshold-not-met', why: 'another key signed' },
  { at: `${TOUGH}/dubious-role-names/metadata`, now: LATE, code: 'malformed', why: 'an expiry with fractions' },
  { at: `${TOUGH}/duplicate-keyid`, root: 'root.json', code: 'malformed', why: 'one key id stands twice' },
  { at: `${TOUGH}/duplicate-sig-keys`, root: 'root.json', code: 'malformed', why: 'one key id signs twice' },
  { at: `${TOUGH}/duplicate-sigs`, root: 'root.json', code: 'malformed', why: 'one key id signs twice' },
  { at: `${TOUGH}/ecdsa-new-type-sig-keys`, root: 'root.json', now: LATE, code: 'missing', why: 'a root alone' },
  { at: `${TOUGH}/expired-repository/metadata`, now: '1998-12-31T00:00:00Z', lastRoot: 1 },
  { at: `${TOUGH}/expired-repository/metadata`, now: LATE, code: 'expired' },
  { at: `${TOUGH}/expired-root-json-signature`, root: 'root.json', now: LATE, code: 'expired' },
  { at: `${TOUGH}/hex-encoded-ecdsa-sig-keys`, root: 'root.json', code: 'malformed', why: 'an expiry with fractions' },
  { at: `${TOUGH}/invalid-root-json-signature`, root: 'root.json', code: 'bad-signature' },
  { at: `${TOUGH}/mismatched-root-json-keyids`, root: 'root.json', code: 'threshold-not-met' },
  { at: `${TOUGH}/no-root-json-signatures`, root: 'root.json', code: 'threshold-not-met', why: UNSIGNED },
  { at: `${TOUGH}/pem-encoded-ecdsa-sig-keys`, root: 'root.json', now: LATE, code: 'missing', why: 'a root alone' },
  { at: `${TOUGH}/rotated-root`, now: LATE, lastRoot: 2 },
  { at: `${TOUGH}/safe-target-paths/metadata`, now: LATE, lastRoot: 1 },
  { at: `${TOUGH}/simple-rsa`, root: 'root.json', now: LATE, code: 'missing', why: 'a root alone' },
  { at: `${TOUGH}/tuf-reference-impl/metadata`, now: LATE, lastRoot: 1 },
  { at: `${SIGSTORE}/root_history`, root: '5.root.json', now: '2026-08-28T00:00:00Z', lastRoot: 15 },
  { at: `${SIGSTORE}/root_history`, code: 'malformed', why: 'an expiry with fractions, in a local time' },
  { at: `${PYTHON_TUF}/client/test_repository1/metadata/current`, now: LATE, lastRoot: 1 },
  { at: `${PYTHON_TUF}/client/test_repository1/metadata/previous`, now: LATE, lastRoot: 1 },
  { at: `${PYTHON_TUF}/client/test_repository2/metadata/current`, now: LATE, lastRoot: 1 },
  { at: `${PYTHON_TUF}/client/test_repository2/metadata/previous`, now: LATE, lastRoot: 1 },
  { at: `${PYTHON_TUF}/fishy_rolenames/metadata`, now: LATE, lastRoot: 1 },
  { at: `${PYTHON_TUF}/repository/metadata`, now: LATE, lastRoot: 1 },
  { at: `${STATIC}/sigstore-root-signing/metadata`, root: '5.root.json', now: '2025-02-09T12:00:00Z', lastRoot: 12 },
  {
    at: `${STATIC}/sigstore-root-signing/metadata`,
    code: 'malformed',
    why: 'an expiry with fractions, in a local time',
  },
  { at: `${STATIC}/tuf-on-ci-0.11/metadata`, now: '2025-02-09T09:00:00Z', lastRoot: 1 },
  { at: 'theupdateframework+tuf-js/packages/models/tests/__fixtures__', root: 'root.json', now: LATE, lastRoot: 1 },
  ...['test_repo1', 'test_repo2', 'test_repo3/good/metadata'].map((name) => {
    return { at: `${ON_CI}/repo/test/${name}`, root: 'root.json', code: 'threshold-not-met', why: P384 };
  }),
  ...[
    ...['basic', 'delegated', 'multi-user-signing', 'online-version-bump', 'root-key-rotation'],
    ...['signing-event-creation', 'target-file-changes', 'target-files-in-delegated-roles'],
  ].map((name) => ({ at: `${ON_CI}/tests/expected/${name}/metadata`, code: 'threshold-not-met', why: P384 })),
];

describe('TUF repositories of others, by the client', options, () => {
  const folder = mkdtempSync(join(tmpdir(), 'antivenom-tuf-fixtures-'));
  after(() => rmSync(folder, { recursive: true }));

  test('has a verdict for each folder of roots', () => {
    const roots = globSync('**/*root.json', { cwd: FIXTURES }).filter((path) => /\/(\d+\.)?root\.json$/.test(path));
    // Beside its history, Sigstore's repository shows the newest files without their versions.
    const folders = new Set(roots.map((path) => dirname(path)).filter((path) => path !== SIGSTORE));
    assert.deepEqual([...folders].sort(), [...new Set(VERDICTS.map(({ at }) => at))].sort());
  });

  for (const { at, root = '1.root.json', now = LATE, code, why, lastRoot } of VERDICTS) {
    const verdict = code === undefined ? 'accepted' : `refused as ${code}${why === undefined ? '' : `: ${why}`}`;
    test(`${at} from ${root} at ${now} is ${verdict}`, async () => {
      const place = mkdtempSync(join(folder, 'one-'));
      const metadata = join(place, 'metadata');
      const client = (...words: string[]) =>
        runAntivenom(['--metadata-dir', metadata, ...words], {
          cwd: place,
          clock: Date.parse(now) - Date.now(),
          program: 'antivenom-tuf',
        });
      let told = await client('init', join(FIXTURES, at, root));
      if (told.status === 0) told = await client('--metadata-url', pathToFileURL(served(at, place)).href, 'refresh');
      if (code === undefined) {
        assert.deepEqual({ status: told.status, stderr: told.stderr }, { status: 0, stderr: '' });
        assert.equal(JSON.parse(readFileSync(join(metadata, 'root.json'), 'utf8')).signed.version, lastRoot);
      } else {
        assert.equal(told.status, 1, told.stderr);
        assert.match(told.stderr, new RegExp(`\\(${code}\\)\n$`));
      }
    });
  }
});

/** The folder as a server would have it: of Sigstore's repository, history and newest files under one roof. */
function served(at: string, place: string): string {
  if (!at.startsWith(SIGSTORE)) return join(FIXTURES, at);
  const folder = join(place, 'served');
  cpSync(join(FIXTURES, at), folder, { recursive: true });
  for (const role of ['timestamp', 'snapshot', 'targets', 'registry.npmjs.org']) {
    const file = join(FIXTURES, SIGSTORE, `${role}.json`);
    const { version } = JSON.parse(readFileSync(file, 'utf8')).signed;
    cpSync(file, join(folder, role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`));
  }
  return folder;
}
