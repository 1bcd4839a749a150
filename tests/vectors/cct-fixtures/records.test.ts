/** Record signatures in public indexes, judged by the chains that they were made for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RecordSignatures, type RecordVerdict, scanRepodata, TrustedCctChain } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { fixturesFolder } from '@antivenom/testkit';

const folder = fixturesFolder();
const options = folder === undefined ? { skip: 'there are no fixtures beside the checkout' } : {};
const json = { maxBytes: 1_000_000, maxDepth: 20 };

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder ?? '', path)));
}

function chainAt(time: string, roots: readonly string[], keyMgr: string): TrustedCctChain {
  const [first = '', ...next] = roots;
  const env = { crypto: nodeCrypto, now: Date.parse(time), limits: { json } };
  const chain = TrustedCctChain.fromRoot(read(first), env);
  for (const root of next) chain.updateRoot(read(root));
  chain.finishRoots();
  chain.setKeyMgr(read(keyMgr));
  return chain;
}

/** File → `signed`, `unsigned`, or the code of the refusal. */
function judge(chain: TrustedCctChain, path: string, subdir: string, checkNames: boolean): Record<string, string> {
  const repodata = scanRepodata(read(path), json);
  const signatures = new RecordSignatures(repodata);
  const said = (verdict: RecordVerdict) => (verdict.status === 'refused' ? verdict.code : verdict.status);
  return Object.fromEntries(
    repodata.records.map((slice) => {
      const { file, map } = slice;
      const record = repodata.record(slice);
      const question = { subdir, file, map, record, signatures: signatures.of(file), checkNames };
      return [file, said(chain.checkRecord(question))];
    }),
  );
}

describe('record signatures of public indexes', options, () => {
  const CONDA = 'cct/conda+conda@525b51185e/tests/trust/testdata/signed';
  const anaconda = () =>
    chainAt(
      '2021-09-01',
      ['cct/derived/anaconda-initial-trust-root.json', `${CONDA}/2.root.json`],
      `${CONDA}/key_mgr.json`,
    );
  const sample = `${CONDA}/repodata_short_signed_sample.json`;

  test("Anaconda's key signed three records; the broken ones have a bad signature and a stranger's", () => {
    assert.deepEqual(judge(anaconda(), sample, 'osx-arm64', false), {
      'first.tar.bz2': 'signed',
      'second.conda': 'signed',
      'third.conda': 'signed',
      'broken-0.0.1-broken.conda': 'bad-signature',
      'broken-0.0.1-broken.tar.bz2': 'unsigned',
    });
  });

  test('as a channel, whose names count, all five are refused: their files were renamed after signing', () => {
    for (const subdir of ['osx-arm64', 'osx-64']) {
      assert.deepEqual(judge(anaconda(), sample, subdir, true), {
        'first.tar.bz2': 'name-mismatch',
        'second.conda': 'name-mismatch',
        'third.conda': 'name-mismatch',
        'broken-0.0.1-broken.conda': 'bad-signature',
        'broken-0.0.1-broken.tar.bz2': 'name-mismatch',
      });
    }
  });

  const CONDA_2023 = 'cct/conda+conda@78a3de60cc/tests/trust/testdata';
  const conda2023 = () =>
    chainAt(
      '2024-01-01',
      [1, 2, 3].map((number) => `${CONDA_2023}/${number}.root.json`),
      `${CONDA_2023}/key_mgr.json`,
    );

  test('of the test channel, what was modified after signing is refused, and what has no signature is unsigned', () => {
    for (const path of [
      `${CONDA_2023}/repodata.json`,
      'cct/conda+conda-content-trust/tests/testdata/repodata.json',
      'cct/conda+conda@6f21b62167/tests/trust/testdata/repodata.json',
    ]) {
      assert.deepEqual(judge(conda2023(), path, 'osx-arm64', false), {
        'first.tar.bz2': 'signed',
        'second.conda': 'signed',
        'third.conda': 'signed',
        'broken-0.0.1-broken.conda': path.includes('6f21b62167') ? 'bad-signature' : 'unsigned',
        'broken-0.0.1-broken.tar.bz2': 'bad-signature',
      });
    }
  });

  test('records signed by a key that nobody delegates are unsigned', () => {
    const path = 'cct/conda+conda-content-trust/tests/testdata/repodata_short_signed_sample.json';
    const verdicts = Object.values(judge(conda2023(), path, 'linux-64', false));
    assert.deepEqual(verdicts, ['unsigned', 'unsigned', 'unsigned']);
  });

  test("mamba's test channel verifies, names too", () => {
    const MAMBA = 'mamba/mamba-org+mamba@91c0744a01/micromamba/test-server/repo_signed';
    const chain = chainAt('2024-01-01', [`${MAMBA}/1.root.json`], `${MAMBA}/key_mgr.json`);
    assert.deepEqual(judge(chain, `${MAMBA}/noarch/repodata.json`, 'noarch', true), {
      'test-package-0.1-0.tar.bz2': 'signed',
    });
  });
});
