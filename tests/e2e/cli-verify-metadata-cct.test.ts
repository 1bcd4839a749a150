import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type JsonObject,
  type JsonValue,
  object,
  type Signer,
  signProjection,
  signRecord,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, fixturesFolder, seededSigner, TufRepository } from '@antivenom/testkit';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/antivenom', import.meta.url));
const AT = '2026-01-01T00:00:00Z';
const NOW = Date.parse(AT);

const cwd = mkdtempSync(join(tmpdir(), 'antivenom-'));
after(() => rmSync(cwd, { recursive: true }));

function antivenom(folder: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(LAUNCHER, ['verify', 'metadata', ...argv], {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', ANTIVENOM_HOME: join(cwd, 'home') },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

/** What a script sees: the exit status, and of the document what each test asks for. */
function told(folder: string, ...argv: string[]) {
  const { status, stdout } = antivenom(folder, ...argv, '--json');
  const document = JSON.parse(stdout);
  const refused: Record<string, string> = {};
  for (const { file, code, message } of document.refused ?? []) {
    assert.ok(message.includes(file), message);
    refused[file] = code;
  }
  return { status, document, code: document.code as string | undefined, refused };
}

const pkgMgr = seededSigner('pkg_mgr');
const stranger = seededSigner('stranger');

function record(name: string, more: Readonly<Record<string, JsonValue>> = {}): JsonObject {
  return object({ build: '0', build_number: 0, name, subdir: 'noarch', version: '1', ...more });
}

function write(name: string, bytes: Uint8Array): void {
  writeFileSync(join(cwd, name), bytes);
}

function keyOf(signer: Signer): string {
  return Buffer.from(signer.publicKey.bytes).toString('hex');
}

async function signature(of: JsonObject, signer = pkgMgr): Promise<[string, JsonObject]> {
  return [keyOf(signer), object({ signature: await signRecord(of, signer) })];
}

/** Roots 1 and 2 (2 with another key), key_mgr, and an index with one good record, all by their usual names. */
async function writeChain(): Promise<void> {
  const repository = new CctRepository(NOW);
  write('1.root.json', await repository.rootFile());
  repository.previousRootSigners = repository.root.signers;
  Object.assign(repository.root, { version: 2, signers: [seededSigner('second CCT root')] });
  write('2.root.json', await repository.rootFile());
  write('key_mgr.json', await repository.keyMgrFile());
  Object.assign(repository.keyMgr, { signers: [stranger] });
  write('evil_key_mgr.json', await repository.keyMgrFile());
  const good = record('good');
  write('repodata.json', index({ good }, { 'good-1-0.conda': object([await signature(good)]) }));
  write('tuf.root.json', await new TufRepository(NOW).rootFile());
  write('page.json', Buffer.from('<html>Not found</html>'));
  write('other.json', Buffer.from('{"hello": 1}'));
}

function index(records: Record<string, JsonObject>, signatures: Record<string, JsonObject>): Uint8Array {
  const named = Object.entries(records).map(([name, value]) => [`${name}-1-0.conda`, value] as const);
  return writeJson(object({ info: object({}), 'packages.conda': object(named), signatures: object(signatures) }));
}

await writeChain();
const CHAIN = ['2.root.json', 'key_mgr.json', 'repodata.json'];
const ROOT = ['--root', '1.root.json', '--at', AT];

describe('verify metadata of a CCT chain', () => {
  test('a whole chain is verified, and nothing is stored', () => {
    const before = readdirSync(cwd);
    const human = antivenom(cwd, ...CHAIN, ...ROOT);
    assert.deepEqual({ status: human.status, stderr: human.stderr }, { status: 0, stderr: '' });
    assert.match(human.stdout, /^ok {2}2\.root\.json {3}root 2, good until \d{4}-/m);
    assert.match(human.stdout, /^ok {2}repodata\.json: 1 of 1 record signed as key_mgr asks$/m);
    const { status, document } = told(cwd, ...CHAIN, ...ROOT);
    assert.equal(status, 0);
    assert.equal(document.ok, true);
    assert.deepEqual(
      document.chain.map(({ role, version }: { role: string; version: number }) => `${role} ${version}`),
      ['root 1', 'root 2', 'key_mgr 1'],
    );
    assert.deepEqual(document.records, { total: 1, signed: 1, unsigned: 0, refused: 0 });
    assert.deepEqual([document.refused, document.ignored], [[], []]);
    assert.deepEqual(readdirSync(cwd), before);
  });

  test('a root alone, or with newer ones or key_mgr, is a chain too', () => {
    for (const files of [['2.root.json'], ['2.root.json', 'key_mgr.json']]) {
      assert.equal(told(cwd, ...files, ...ROOT).status, 0);
    }
  });

  test('every record that is refused is named, and every key that nobody delegated', async () => {
    const [changed, unsigned, strange, both] = ['changed', 'unsigned', 'strange', 'both'].map((name) =>
      record(name),
    ) as JsonObject[];
    const [key] = await signature(both!);
    const file = index(
      { changed: changed!, unsigned: unsigned!, strange: strange!, both: both! },
      {
        'changed-1-0.conda': object([await signature(record('other'))]),
        'strange-1-0.conda': object([await signature(strange!, stranger)]),
        'both-1-0.conda': object([await signature(both!), await signature(both!, stranger)]),
        'nowhere-1-0.conda': object([[key, 'no signature']]),
      },
    );
    writeFileSync(join(cwd, 'bad.json'), file);
    const { status, document, refused } = told(cwd, '2.root.json', 'key_mgr.json', 'bad.json', ...ROOT);
    assert.equal(status, 1);
    assert.deepEqual(refused, {
      'changed-1-0.conda': 'bad-signature',
      'unsigned-1-0.conda': 'threshold-not-met',
      'strange-1-0.conda': 'threshold-not-met',
    });
    const { ok, code, message, hint, details } = document;
    assert.deepEqual(
      { ok, code, details },
      { ok: false, code: 'bad-signature', details: { file: 'changed-1-0.conda' } },
    );
    assert.match(message, /changed-1-0\.conda/);
    assert.ok(hint.length > 0);
    assert.deepEqual(
      document.ignored.map(({ file, keys }: { file: string; keys: string[] }) => `${file} ${keys.length}`),
      ['strange-1-0.conda 1', 'both-1-0.conda 1'],
    );
    const human = antivenom(cwd, '2.root.json', 'key_mgr.json', 'bad.json', ...ROOT);
    assert.equal(human.status, 1);
    for (const name of Object.keys(refused)) assert.match(human.stderr, new RegExp(`^ {2}${name}.*\\(.*\\)$`, 'm'));
  });

  test('one damaged record does not hide the others', () => {
    const text = '{"packages.conda": {"a-1-0.conda": {"name": "a", "name": "b"}, "b-1-0.conda": {"subdir": "noarch"}}}';
    writeFileSync(join(cwd, 'damaged.json'), text);
    const { status, refused } = told(cwd, '2.root.json', 'key_mgr.json', 'damaged.json', ...ROOT);
    assert.equal(status, 1);
    assert.deepEqual(refused, { 'a-1-0.conda': 'malformed', 'b-1-0.conda': 'threshold-not-met' });
  });

  test('records that nobody can sign are counted, with a warning', () => {
    writeFileSync(
      join(cwd, 'old.json'),
      '{"packages": {"a-1-0.tar.bz2": {"name": "a"}}, "v3": {"conda": {"b-1-0": {}}}}',
    );
    const { status, document } = told(cwd, '2.root.json', 'key_mgr.json', 'old.json', ...ROOT);
    assert.equal(status, 0);
    assert.deepEqual(document.records, { total: 2, signed: 0, unsigned: 2, refused: 0 });
    assert.match(
      antivenom(cwd, '2.root.json', 'key_mgr.json', 'old.json', ...ROOT).stderr,
      /warning: old\.json: 2 records/,
    );
  });

  test('what does not verify, is expired or is no metadata is refused with its code', () => {
    const cases: [argv: string[], status: number, code: string][] = [
      [['2.root.json', 'evil_key_mgr.json', ...ROOT], 1, 'threshold-not-met'],
      [['key_mgr.json', '--root', '2.root.json', '--at', '2027-01-01T00:00:00Z'], 1, 'expired'],
      [['1.root.json', ...ROOT], 1, 'version-mismatch'],
      [['page.json', ...ROOT], 1, 'malformed'],
      [['other.json', ...ROOT], 1, 'malformed'],
      [['2.root.json', '--root', 'page.json'], 1, 'malformed'],
      [['2.root.json', '--root', '1.root.json', '--at', 'yesterday'], 2, 'usage'],
    ];
    for (const [argv, status, code] of cases) {
      const refusal = told(cwd, ...argv);
      assert.deepEqual({ status: refusal.status, code: refusal.code }, { status, code }, argv.join(' '));
    }
    assert.match(told(cwd, '1.root.json', ...ROOT).document.message, /^1\.root\.json is version 1; version 2 must/);
  });

  test('files in another order, or of another kind than the root, are wrong use', () => {
    for (const [argv, message] of [
      [['key_mgr.json', '2.root.json'], /2\.root\.json is a root, and stands behind key_mgr/],
      [['2.root.json', 'repodata.json'], /repodata\.json is an index, and no key_mgr stands before it/],
      [['2.root.json', 'key_mgr.json', 'repodata.json', 'repodata.json'], /stands behind the index/],
      [['tuf.root.json'], /tuf\.root\.json is of a TUF chain/],
    ] as const) {
      const { status, document } = told(cwd, ...argv, ...ROOT);
      assert.deepEqual({ status, code: document.code }, { status: 2, code: 'usage' }, argv.join(' '));
      assert.match(document.message, message);
    }
    for (const file of ['2.root.json', 'repodata.json']) {
      const { status, code } = told(cwd, file, '--root', 'tuf.root.json', '--at', AT);
      assert.deepEqual({ status, code }, { status: 2, code: 'usage' });
    }
  });
});

describe('verify metadata of a chain for mamba', () => {
  const [KEY_MGR, PKG_MGR] = ['mamba_key_mgr.json', 'pkg_mgr.json'];
  const python = record('python', { version: '3.9' });
  const pip = record('pip', { depends: ['python >=3', 'python'] });
  const odd = record('odd', { license: null });

  before(async () => {
    const repository = new CctRepository(NOW);
    repository.keyMgrShape = 'openpgp';
    write('mamba.root.json', await repository.rootFile());
    write(KEY_MGR, await repository.keyMgrFile());
    write(PKG_MGR, await repository.pkgMgrFile());
    repository.pkgMgr.signers = [stranger];
    write('evil_pkg_mgr.json', await repository.pkgMgrFile());
  });

  const toldOf = (...files: string[]) => told(cwd, ...files, '--root', 'mamba.root.json', '--at', AT);

  async function projectionOf(signed: JsonObject): Promise<[string, JsonObject]> {
    const made = await signProjection(signed, { indexHasPip: true }, pkgMgr, nodeCrypto, NOW);
    return [keyOf(pkgMgr), object({ signature: made.signature, other_headers: made.otherHeaders })];
  }

  test('projections are taken as mamba makes them, and counted where nobody can know how', async () => {
    const signatures = {
      'python-1-0.conda': object([await projectionOf(python)]),
      'pip-1-0.conda': object([await projectionOf(pip)]),
    };
    write('for-mamba.json', index({ python, pip, odd }, signatures));
    const { status, document } = toldOf(KEY_MGR, PKG_MGR, 'for-mamba.json');
    assert.equal(status, 0);
    assert.deepEqual(
      document.chain.map(({ role, version }: { role: string; version: number }) => `${role} ${version}`),
      ['root 1', 'key_mgr 1', 'pkg_mgr 1'],
    );
    assert.deepEqual(document.records, { total: 3, signed: 2, unsigned: 1, refused: 0 });
  });

  test('a record’s own signature is none of its projection, nor the other way about', async () => {
    const good = record('good');
    write('for-conda.json', index({ good }, { 'good-1-0.conda': object([await signature(good)]) }));
    write('for-mamba.json', index({ good }, { 'good-1-0.conda': object([await projectionOf(good)]) }));
    const refused = { 'good-1-0.conda': 'bad-signature' };
    assert.deepEqual(toldOf(KEY_MGR, PKG_MGR, 'for-conda.json').refused, refused);
    assert.deepEqual(told(cwd, '2.root.json', 'key_mgr.json', 'for-mamba.json', ...ROOT).refused, refused);
  });

  test('strangers, and files in another order, are refused', () => {
    assert.equal(toldOf(KEY_MGR, 'evil_pkg_mgr.json').code, 'threshold-not-met');
    assert.equal(toldOf(PKG_MGR).code, 'usage');
    assert.equal(toldOf(PKG_MGR, KEY_MGR).code, 'usage');
    assert.equal(toldOf(KEY_MGR, 'repodata.json', PKG_MGR).code, 'usage');
  });
});

const fixtures = fixturesFolder();

describe('verify metadata of public CCT chains', {
  skip: fixtures === undefined && 'there are no fixtures beside the checkout',
}, () => {
  const ANACONDA = 'cct/derived/anaconda-initial-trust-root.json';
  const CONDA = 'cct/conda+conda@525b51185e/tests/trust/testdata/signed';
  const CONDA_2023 = 'cct/conda+conda@78a3de60cc/tests/trust/testdata';
  const CCT = 'cct/conda+conda-content-trust/tests/testdata';
  const MAMBA = 'mamba/mamba-org+mamba@91c0744a01/micromamba/test-server/repo_signed';
  const anaconda = [`${CONDA}/2.root.json`, `${CONDA}/key_mgr.json`, `${CONDA}/repodata_short_signed_sample.json`];
  const roots = (at: string, ...versions: number[]) => versions.map((version) => `${at}/${version}.root.json`);
  const public_ = (files: string[], root: string, at: string) =>
    told(fixtures!, ...files, '--root', root, '--at', `${at}T00:00:00Z`);

  test("Anaconda's chain at 2021-09-01 ends with the two broken records named", () => {
    const { status, document, refused } = public_(anaconda, ANACONDA, '2021-09-01');
    assert.equal(status, 1);
    assert.deepEqual(refused, {
      'broken-0.0.1-broken.tar.bz2': 'threshold-not-met',
      'broken-0.0.1-broken.conda': 'bad-signature',
    });
    assert.deepEqual(document.records, { total: 5, signed: 3, unsigned: 0, refused: 2 });
    assert.deepEqual(
      document.ignored.map(({ file, keys: [key] }: { file: string; keys: string[] }) => `${file} ${key?.slice(0, 8)}`),
      ['broken-0.0.1-broken.tar.bz2 4a044c34'],
    );
  });

  test("Anaconda's chain today ends with the expiry that ended it", () => {
    const { status, document } = public_(anaconda, ANACONDA, '2026-01-01');
    assert.deepEqual({ status, code: document.code }, { status: 1, code: 'expired' });
    assert.match(document.message, /2\.root\.json expired on 2024-09-15/);
    const keyMgr = public_(anaconda, ANACONDA, '2022-01-01');
    assert.equal(keyMgr.code, 'expired');
    assert.match(keyMgr.document.message, /key_mgr\.json expired on 2021-10-31/);
  });

  for (const [files, root, at] of [
    [roots('cct/conda+conda-content-trust/demo', 2), 'cct/conda+conda-content-trust/demo', '2021-01-01'],
    [
      roots('cct/conda+conda-content-trust@aa9673e0ef/demo', 2),
      'cct/conda+conda-content-trust@aa9673e0ef/demo',
      '2021-01-01',
    ],
    [
      roots('cct/conda+rattler@b372750f47/crates/rattler_tuf/test-data/demo', 2),
      'cct/conda+rattler@b372750f47/crates/rattler_tuf/test-data/demo',
      '2021-01-01',
    ],
    [roots(CCT, 2, 3), CCT, '2021-02-01'],
    [roots(CONDA_2023, 2, 3), CONDA_2023, '2024-01-01'],
  ] as const) {
    test(`the chain of ${root} verifies`, () => {
      const { status, document } = public_([...files, `${root}/key_mgr.json`], `${root}/1.root.json`, at);
      assert.deepEqual({ status, ok: document.ok }, { status: 0, ok: true }, document.message);
    });
  }

  test("mamba's signed channel verifies to its record", () => {
    const files = [`${MAMBA}/key_mgr.json`, `${MAMBA}/noarch/repodata.json`];
    const { status, document } = public_(files, `${MAMBA}/1.root.json`, '2024-01-01');
    assert.equal(status, 0, document.message);
    assert.deepEqual(document.records, { total: 1, signed: 1, unsigned: 0, refused: 0 });
    const stray = public_([`${MAMBA}/key_mgr.json`, `${MAMBA}/pkg_mgr.json`], `${MAMBA}/1.root.json`, '2024-01-01');
    assert.equal(stray.code, 'usage');
  });

  test('each deliberately invalid twin is refused with its own code', () => {
    for (const at of [CONDA_2023, CCT]) {
      for (const files of [
        [`${at}/2.root_invalid.json`],
        [...roots(CONDA_2023, 2), `${at}/3.root_invalid.json`],
        [...roots(CONDA_2023, 2, 3), `${at}/key_mgr_invalid.json`],
      ]) {
        const { status, code } = public_(files, `${CONDA_2023}/1.root.json`, '2024-01-01');
        assert.deepEqual({ status, code }, { status: 1, code: 'threshold-not-met' }, files.at(-1));
      }
    }
  });

  test('each record of the test channels gets its verdict', () => {
    const chain = [...roots(CONDA_2023, 2, 3), `${CONDA_2023}/key_mgr.json`];
    const verdicts = (path: string) => public_([...chain, path], `${CONDA_2023}/1.root.json`, '2024-01-01').refused;
    for (const path of [`${CONDA_2023}/repodata.json`, `${CCT}/repodata.json`]) {
      assert.deepEqual(verdicts(path), {
        'broken-0.0.1-broken.tar.bz2': 'bad-signature',
        'broken-0.0.1-broken.conda': 'threshold-not-met',
      });
    }
    assert.deepEqual(verdicts('cct/conda+conda@6f21b62167/tests/trust/testdata/repodata.json'), {
      'broken-0.0.1-broken.tar.bz2': 'bad-signature',
      'broken-0.0.1-broken.conda': 'bad-signature',
    });
    const strangers = Object.values(verdicts(`${CCT}/repodata_short_signed_sample.json`));
    assert.deepEqual(strangers, ['threshold-not-met', 'threshold-not-met', 'threshold-not-met']);
    assert.deepEqual(verdicts(`${CCT}/repodata_no_packages.json`), {});
  });
});
