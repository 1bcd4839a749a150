/** Anaconda's real chain and record signatures, laid out as a channel that has conda-content-trust alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixturesFolder } from '@antivenom/testkit';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/antivenom', import.meta.url));
const fixtures = fixturesFolder();
const options = fixtures === undefined ? { skip: 'the folder of fixtures is absent' } : {};
const AT = ['--at', '2021-09-01T00:00:00Z'];

function antivenom(base: string, ...argv: string[]) {
  const run = spawnSync(LAUNCHER, [...argv, '--home', join(base, 'home'), '--json'], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  return { status: run.status, document: JSON.parse(run.stdout), stderr: run.stderr };
}

function channel(t: TestContext): string {
  const base = mkdtempSync(join(tmpdir(), 'antivenom-anaconda-'));
  t.after(() => rmSync(base, { recursive: true }));
  const signed = join(fixtures!, 'cct/conda+conda@525b51185e/tests/trust/testdata/signed');
  mkdirSync(join(base, 'metadata'));
  for (const name of ['2.root.json', 'key_mgr.json']) copyFileSync(join(signed, name), join(base, 'metadata', name));
  for (const subdir of ['osx-64', 'osx-arm64']) {
    mkdirSync(join(base, 'channel', subdir), { recursive: true });
    copyFileSync(join(signed, 'repodata_short_signed_sample.json'), join(base, 'channel', subdir, 'repodata.json'));
  }
  return base;
}

test('every record is refused, since file names were replaced there, and each has its code', options, (t) => {
  const base = channel(t);
  const root = join(fixtures!, 'cct/derived/anaconda-initial-trust-root.json');
  const added = antivenom(
    base,
    'trust',
    'add',
    join(base, 'channel'),
    '--root',
    root,
    '--metadata',
    join(base, 'metadata'),
  );
  assert.equal(added.status, 0);
  assert.match(added.stderr, /records are proved one by one, and the index is not/);

  const { status, document } = antivenom(base, 'verify', 'channel', join(base, 'channel'), ...AT);
  assert.equal(status, 1);
  assert.equal(document.evidence, 'record');
  assert.deepEqual(document.records, { total: 10, signed: 0, refused: 10 });
  const refused = new Map(document.refused.map(({ file, code }: { file: string; code: string }) => [file, code]));
  assert.deepEqual(
    refused,
    new Map(
      ['osx-64', 'osx-arm64'].flatMap((subdir): [string, string][] => [
        [`${subdir}/first.tar.bz2`, 'name-mismatch'],
        [`${subdir}/broken-0.0.1-broken.tar.bz2`, 'threshold-not-met'],
        [`${subdir}/second.conda`, 'name-mismatch'],
        [`${subdir}/third.conda`, 'name-mismatch'],
        [`${subdir}/broken-0.0.1-broken.conda`, 'bad-signature'],
      ]),
    ),
  );
});

test('today the expiry is named', options, (t) => {
  const base = channel(t);
  const root = join(fixtures!, 'cct/derived/anaconda-initial-trust-root.json');
  antivenom(base, 'trust', 'add', join(base, 'channel'), '--root', root, '--metadata', join(base, 'metadata'));
  const { status, document } = antivenom(base, 'verify', 'channel', join(base, 'channel'));
  assert.equal(status, 1);
  assert.equal(document.code, 'expired');
  assert.match(document.message, /2\.root\.json expired on 2024-09-15/);
});
