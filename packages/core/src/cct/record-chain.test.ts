import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CONDA_CHAIN,
  chainFileRank,
  chainRootPath,
  chainRootVersion,
  isChainFile,
  isMambaChainName,
  keyMgrPath,
  MAMBA_CHAIN,
  mambaRootNames,
  RECORD_CHAINS,
} from './record-chain.ts';

test('conda’s chain stands in a folder of its own and is signed raw, mamba’s at the base and in the OpenPGP shape', () => {
  assert.deepEqual(CONDA_CHAIN, { client: 'conda', name: 'cct', prefix: 'cct/', shape: 'raw' });
  const { pkgMgrPath, ...mamba } = MAMBA_CHAIN;
  assert.deepEqual(mamba, { client: 'mamba', name: 'mamba', prefix: '', shape: 'openpgp' });
  assert.equal(pkgMgrPath, 'pkg_mgr.json');
  assert.deepEqual(RECORD_CHAINS, [CONDA_CHAIN, MAMBA_CHAIN]);
});

test('the paths of a chain’s files tell their versions, and those of other files none', () => {
  assert.equal(chainRootPath(CONDA_CHAIN, 12), 'cct/12.root.json');
  assert.equal(keyMgrPath(CONDA_CHAIN), 'cct/key_mgr.json');
  assert.equal(chainRootPath(MAMBA_CHAIN, 3), '3.root.json');
  assert.equal(keyMgrPath(MAMBA_CHAIN), 'key_mgr.json');
  for (const chain of RECORD_CHAINS) {
    for (const version of [1, 9, 10, 123])
      assert.equal(chainRootVersion(chain, chainRootPath(chain, version)), version);
    for (const path of [
      '0.root.json',
      '01.root.json',
      'x1.root.json',
      '1.root.json.zst',
      '1xroot.json',
      '1.root_json',
      'root.json',
      '-1.root.json',
    ]) {
      assert.equal(chainRootVersion(chain, `${chain.prefix}${path}`), undefined, path);
    }
  }
  assert.equal(chainRootVersion(CONDA_CHAIN, '1.root.json'), undefined);
  assert.equal(chainRootVersion(CONDA_CHAIN, 'xxx/1.root.json'), undefined);
  assert.equal(chainRootVersion(MAMBA_CHAIN, 'cct/1.root.json'), undefined);
});

test('files become visible before what delegates to them alone: pkg_mgr, key_mgr, and roots by version', () => {
  const paths = [
    'pkg_mgr.json',
    'cct/key_mgr.json',
    '1.root.json',
    'cct/2.root.json',
    '10.root.json',
    'cct/999999999999999.root.json',
  ];
  const ranks = paths.map((path) => chainFileRank(path) as number);
  assert.deepEqual(
    ranks,
    ranks.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(ranks).size, paths.length);
  assert.equal(chainFileRank('key_mgr.json'), chainFileRank('cct/key_mgr.json'));
  assert.ok(paths.every(isChainFile));
  for (const path of ['cct/pkg_mgr.json', 'tuf/1.root.json', 'noarch/repodata.json', '']) {
    assert.equal(chainFileRank(path), undefined, path);
    assert.equal(isChainFile(path), false, path);
  }
});

test('mamba asks for a root under four names, the last of which is ours', () => {
  assert.deepEqual(mambaRootNames(2), ['2.sv1.root.json', '2.sv0.7.root.json', '2.sv0.6.root.json', '2.root.json']);
});

test('what mamba may take for a file of its chain is told by its name', () => {
  const names = [
    '1.root.json',
    '20.root.json',
    'key_mgr.json',
    'pkg_mgr.json',
    ...mambaRootNames(12),
    '1.sv10.25.root.json',
  ];
  for (const name of names) assert.equal(isMambaChainName(name), true, name);
  for (const name of [
    'root.json',
    '0.root.json',
    'x1.root.json',
    '1.svx.root.json',
    '1.sv.root.json',
    '1.root.json.zst',
    'xkey_mgr.json',
    'key_mgr.json5',
    '1xroot.json',
    '1.sv1xroot.json',
    '1.root',
    'key_mgrxjson',
  ]) {
    assert.equal(isMambaChainName(name), false, name);
  }
});
