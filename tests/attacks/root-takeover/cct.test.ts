import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv, seededSigner } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);
const OLD = ['old 1', 'old 2', 'old 3'].map(seededSigner);
const NEW = ['new 1', 'new 2'].map(seededSigner);

/** Root 1 of three keys, two of which must sign, and the chain that trusts it. */
async function trusted(): Promise<TrustedCctChain> {
  const first = new CctRepository(NOW);
  Object.assign(first.root, { signers: OLD, threshold: 2 });
  return TrustedCctChain.fromRoot(await first.rootFile(), env);
}

function second(): CctRepository {
  const repository = new CctRepository(NOW);
  Object.assign(repository.root, { version: 2, signers: NEW, threshold: 2 });
  return repository;
}

describe('CCT root-takeover', () => {
  test('accepts a root signed by thresholds of the old keys and of its own', async () => {
    const repository = second();
    repository.previousRootSigners = OLD.slice(0, 2);
    const chain = await trusted();
    chain.updateRoot(await repository.rootFile());
    assert.equal(chain.root.version, 2);
  });

  test('refuses a root signed by its own keys alone, or by too few of the old', async () => {
    for (const previousRootSigners of [[], OLD.slice(0, 1)]) {
      const repository = second();
      repository.previousRootSigners = previousRootSigners;
      const chain = await trusted();
      const file = await repository.rootFile();
      assert.throws(() => chain.updateRoot(file), { code: 'threshold-not-met', message: /1\.root\.json/ });
      assert.equal(chain.root.version, 1);
    }
  });

  test('refuses a root signed by the old keys, and by too few of its own', async () => {
    const repository = second();
    const all = await repository.rootFile();
    const document = JSON.parse(new TextDecoder().decode(all));
    for (const key of Object.keys(document.signatures).slice(0, 1)) delete document.signatures[key];
    repository.previousRootSigners = OLD;
    const signatures = JSON.parse(new TextDecoder().decode(await repository.rootFile())).signatures;
    for (const { publicKey } of OLD) {
      const hex = publicKey.material.slice('ed25519:'.length);
      document.signatures[hex] = signatures[hex];
    }
    const chain = await trusted();
    const file = new TextEncoder().encode(JSON.stringify(document));
    assert.throws(() => chain.updateRoot(file), { code: 'threshold-not-met', message: /the file itself/ });
    assert.equal(chain.root.version, 1);
  });

  test('refuses a root whose signatures by the old keys are over something else', async () => {
    const repository = second();
    repository.previousRootSigners = OLD;
    const text = new TextDecoder().decode(await repository.rootFile());
    const chain = await trusted();
    const file = new TextEncoder().encode(text.replace('"threshold": 2', '"threshold": 1'));
    assert.throws(() => chain.updateRoot(file), { code: 'bad-signature' });
    assert.equal(chain.root.version, 1);
  });

  test('refuses a first root that its own keys did not sign', async () => {
    const repository = new CctRepository(NOW);
    const text = new TextDecoder().decode(await repository.rootFile());
    const file = new TextEncoder().encode(text.replace('"version": 1', '"version": 9'));
    assert.throws(() => TrustedCctChain.fromRoot(file, env), { code: 'bad-signature' });
  });
});
