/** Public CCT chains as their owners published them, and the deliberately invalid twins of their tests. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CctEnv, type ErrorCode, TrustedCctChain } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { fixturesFolder } from '@antivenom/testkit';

const folder = fixturesFolder();
const options = folder === undefined ? { skip: 'there are no fixtures beside the checkout' } : {};

const ANACONDA = 'cct/derived/anaconda-initial-trust-root.json';
const CONDA = 'cct/conda+conda@525b51185e/tests/trust/testdata/signed';
const CONDA_2023 = 'cct/conda+conda@78a3de60cc/tests/trust/testdata';
const CCT = 'cct/conda+conda-content-trust/tests/testdata';
const CCT_DEMO = 'cct/conda+conda-content-trust/demo';
const CCT_OLD_DEMO = 'cct/conda+conda-content-trust@aa9673e0ef/demo';
const CCT_0_1 = 'cct/conda+conda-content-trust@ddcac88ca5/demo';
const RATTLER = 'cct/conda+rattler@b372750f47/crates/rattler_tuf/test-data/demo';
const MAMBA = 'mamba/mamba-org+mamba@91c0744a01/micromamba/test-server/repo_signed';
const MAMBA_ROOTS = 'mamba/mamba-org+mamba/libmamba/tests/data/validation';
const QUETZ = 'mamba/mamba-org+quetz/plugins/quetz_content_trust/tests/data';

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder ?? '', path)));
}

function env(time: string): CctEnv {
  return { crypto: nodeCrypto, now: Date.parse(time), limits: { json: { maxBytes: 1_000_000, maxDepth: 20 } } };
}

interface Chain {
  readonly at: string;
  readonly roots: readonly string[];
  readonly keyMgr?: string;
}

function load({ at, roots, keyMgr }: Chain): TrustedCctChain {
  const [first = '', ...next] = roots;
  const chain = TrustedCctChain.fromRoot(read(first), env(at));
  for (const root of next) chain.updateRoot(read(root));
  chain.finishRoots();
  if (keyMgr !== undefined) chain.setKeyMgr(read(keyMgr));
  return chain;
}

const set2020 = (at: string, ...numbers: number[]) => numbers.map((number) => `${at}/${number}.root.json`);

const VALID: readonly (Chain & { readonly version: number })[] = [
  { at: '2021-09-01', roots: [ANACONDA, `${CONDA}/2.root.json`], keyMgr: `${CONDA}/key_mgr.json`, version: 2 },
  { at: '2021-01-01', roots: set2020(CCT_DEMO, 1, 2), keyMgr: `${CCT_DEMO}/key_mgr.json`, version: 2 },
  { at: '2021-01-01', roots: set2020(CCT_OLD_DEMO, 1, 2), keyMgr: `${CCT_OLD_DEMO}/key_mgr.json`, version: 2 },
  { at: '2021-01-01', roots: set2020(RATTLER, 1, 2), keyMgr: `${RATTLER}/key_mgr.json`, version: 2 },
  { at: '2021-02-01', roots: set2020(CCT, 1, 2, 3), keyMgr: `${CCT}/key_mgr.json`, version: 3 },
  { at: '2024-01-01', roots: set2020(CONDA_2023, 1, 2, 3), keyMgr: `${CONDA_2023}/key_mgr.json`, version: 3 },
  // The other set of keys in that folder has no root there; conda's tests have it.
  { at: '2024-01-01', roots: set2020(CONDA_2023, 1, 2, 3), keyMgr: `${CCT}/key_mgr_verify.json`, version: 3 },
  { at: '2024-01-01', roots: [`${MAMBA}/1.root.json`], keyMgr: `${MAMBA}/key_mgr.json`, version: 1 },
  { at: '2022-01-01', roots: [`${QUETZ}/root.json`], keyMgr: `${QUETZ}/key_mgr.json`, version: 1 },
  { at: '2022-01-01', roots: [`${MAMBA_ROOTS}/1.sv0.6.root.json`], keyMgr: `${QUETZ}/key_mgr.json`, version: 1 },
];

const REFUSED: readonly (Chain & { readonly code: ErrorCode; readonly why: string })[] = [
  ...[CONDA_2023, CCT].flatMap((invalid): (Chain & { code: ErrorCode; why: string })[] => [
    {
      at: '2024-01-01',
      roots: [...set2020(CONDA_2023, 1), `${invalid}/2.root_invalid.json`],
      code: 'threshold-not-met',
      why: `strangers signed root 2 of ${invalid}`,
    },
    {
      at: '2024-01-01',
      roots: [...set2020(CONDA_2023, 1, 2), `${invalid}/3.root_invalid.json`],
      code: 'threshold-not-met',
      why: `strangers signed root 3 of ${invalid}`,
    },
    {
      at: '2024-01-01',
      roots: set2020(CONDA_2023, 1, 2, 3),
      keyMgr: `${invalid}/key_mgr_invalid.json`,
      code: 'threshold-not-met',
      why: `a stranger signed key_mgr of ${invalid}`,
    },
  ]),
  {
    at: '2021-01-01',
    roots: set2020(CCT_0_1, 1),
    code: 'malformed',
    why: 'the format is 0.1',
  },
  {
    at: '2021-01-01',
    roots: [`${MAMBA_ROOTS}/root.json`],
    code: 'malformed',
    why: 'it is a root of TUF',
  },
  {
    at: '2021-01-01',
    roots: [`${MAMBA_ROOTS}/root copy.json`],
    code: 'malformed',
    why: 'it is a sketch of a root of TUF',
  },
  {
    at: '2021-02-01',
    roots: set2020(CCT, 1, 3),
    code: 'version-mismatch',
    why: 'root 2 is left out',
  },
  {
    at: '2021-09-01',
    roots: [ANACONDA],
    keyMgr: `${CCT}/key_mgr.json`,
    code: 'threshold-not-met',
    why: 'key_mgr is of another chain',
  },
  {
    at: '2026-01-01',
    roots: [ANACONDA, `${CONDA}/2.root.json`],
    code: 'expired',
    why: 'root 2 expired in 2024',
  },
  {
    at: '2022-01-01',
    roots: [ANACONDA, `${CONDA}/2.root.json`],
    keyMgr: `${CONDA}/key_mgr.json`,
    code: 'expired',
    why: 'key_mgr expired in 2021',
  },
];

describe('public CCT chains', options, () => {
  for (const chain of VALID) {
    test(`accepts ${chain.keyMgr} from ${chain.roots[0]} at ${chain.at}`, () => {
      const loaded = load(chain);
      assert.equal(loaded.root.version, chain.version);
      assert.equal(loaded.keyMgr?.version, 1);
    });
  }

  for (const chain of REFUSED) {
    test(`refuses a chain in which ${chain.why}`, () => {
      assert.throws(() => load(chain), { code: chain.code });
    });
  }
});
