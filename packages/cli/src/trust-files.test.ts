import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChainRoots, CONDA_CHAIN, MAMBA_CHAIN, type RecordChain } from '@antivenom/core';
import { mambaId, type TrustFilesOf, trustFiles } from './trust-files.ts';

const URLS = ['https://channel.example/good', 'https://mirror.example/good'];

function roots(chain: RecordChain): ChainRoots {
  return { chain, roots: [1, 2].map((version) => ({ version, bytes: new Uint8Array([version]) })) };
}

function exported(of: Partial<TrustFilesOf>) {
  const files = trustFiles({
    chains: [roots(CONDA_CHAIN), roots(MAMBA_CHAIN)],
    urls: URLS,
    signingBase: undefined,
    ...of,
  });
  const readMe = files.find(({ path }) => path === 'README.txt');
  const rest = files.filter((file) => file !== readMe).map(({ path, bytes }) => `${path} ${bytes[0]}`);
  return { files: rest, readMe: new TextDecoder().decode(readMe?.bytes) };
}

test('a channel has the name that mamba gives it', () => {
  // From mamba's own tests of `cache_name_from_url`.
  assert.equal(mambaId('http://test.com/1234'), '302f0a61');
});

test('conda gets every root, mamba the newest under the name of each address', () => {
  assert.deepEqual(exported({}).files, [
    'etc/conda/1.root.json 1',
    'etc/conda/2.root.json 2',
    ...URLS.map((url) => `etc/trusted-repos/${mambaId(url)}/root.json 2`),
  ]);
});

test('the settings name the addresses, and say what is missing where none is known', () => {
  const { readMe } = exported({ signingBase: 'https://trust.example/cct' });
  assert.match(readMe, /^ {4}conda config --set signing_metadata_url_base https:\/\/trust\.example\/cct$/m);
  for (const url of URLS) assert.match(readMe, new RegExp(`^ {6}- ${url}$`, 'm'));
  const unknown = exported({ urls: [] });
  assert.match(unknown.readMe, /signing_metadata_url_base https:\/\/YOUR-SERVER\/CHANNEL\/cct$/m);
  assert.match(unknown.readMe, /Export again with --url/);
  assert.deepEqual(unknown.files, ['etc/conda/1.root.json 1', 'etc/conda/2.root.json 2']);
  assert.doesNotMatch(exported({ chains: [roots(CONDA_CHAIN)] }).readMe, /mamba/);
});
