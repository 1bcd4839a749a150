/** The same forgeries before three back ends, which differ on them: a weak key counts nowhere, and an honest one everywhere. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type CryptoPort,
  hexToBytes,
  type JsonObject,
  object,
  PublicKey,
  readJson,
  TrustedCctChain,
  TrustedMetadata,
  verifySignature,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, cctTestEnv, signedRecord, TufRepository, tufTestEnv } from '@antivenom/testkit';
import { ed25519 } from '@noble/curves/ed25519.js';
import sodium from 'libsodium-wrappers';

const NOW = Date.UTC(2026, 0, 12);

function never(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

await sodium.ready;
const BACK_ENDS: Readonly<Record<string, CryptoPort>> = {
  'node:crypto': nodeCrypto,
  // The most lenient of its modes: it takes small orders and non-canonical encodings on purpose.
  '@noble/curves': {
    ...nodeCrypto,
    verifyEd25519: (key, message, signature) => never(() => ed25519.verify(signature, message, key, { zip215: true })),
  },
  libsodium: {
    ...nodeCrypto,
    verifyEd25519: (key, message, signature) =>
      never(() => sodium.crypto_sign_verify_detached(signature, message, key)),
  },
};

/** The points whose order divides 8, and the encodings of some of them that are not canonical. */
const WEAK = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  `01${'00'.repeat(30)}80`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
];
const IDENTITY = WEAK[0] as string;
/** R = the identity, S = 0: what the identity as a key "signs" for every message. */
const FORGED = `${IDENTITY}${'00'.repeat(32)}`;

function at(document: unknown, ...path: string[]): JsonObject {
  return path.reduce((value, name) => (value as JsonObject).get(name) as JsonObject, document as JsonObject);
}

for (const [name, crypto] of Object.entries(BACK_ENDS)) {
  describe(`weak-key on ${name}`, () => {
    test('accepts an honest chain and record', async () => {
      const repository = new CctRepository(NOW);
      const chain = await repository.chain({ ...cctTestEnv(NOW), crypto });
      assert.equal(chain.checkRecord(await signedRecord(repository.pkgMgr.signers)).status, 'signed');
      const tuf = TrustedMetadata.fromRoot(await new TufRepository(NOW).rootFile(), { ...tufTestEnv(NOW), crypto });
      assert.equal(tuf.root.version, 1);
    });

    test('makes no key of a weak encoding', () => {
      for (const key of WEAK) assert.throws(() => PublicKey.ed25519Hex(key), { code: 'malformed' }, key);
    });

    test('counts no weak key that a CCT root delegates', async () => {
      const env = { ...cctTestEnv(NOW), crypto };
      const document = readJson(await new CctRepository(NOW).rootFile(), env.limits.json);
      for (const key of WEAK) {
        at(document, 'signed', 'delegations', 'root').set('pubkeys', [key]);
        at(document, 'signatures').clear();
        at(document, 'signatures').set(key, object({ signature: FORGED }));
        assert.throws(() => TrustedCctChain.fromRoot(writeJson(document), env), { code: 'bad-signature' }, key);
      }
    });

    test('counts no weak key that a TUF root delegates', async () => {
      const env = { ...tufTestEnv(NOW), crypto };
      for (const key of WEAK) {
        const document = readJson(await new TufRepository(NOW).rootFile(), env.limits.json) as JsonObject;
        for (const entry of at(document, 'signed', 'keys').values()) at(entry, 'keyval').set('public', key);
        for (const entry of document.get('signatures') as JsonObject[]) entry.set('sig', FORGED);
        const refused = (error: { code?: string }) =>
          /^(malformed|threshold-not-met|bad-signature)$/.test(error.code ?? '');
        assert.throws(() => TrustedMetadata.fromRoot(writeJson(document), env), refused, key);
      }
    });

    test('takes no signature whose R is weak, or whose S is L or more, of an honest key', async () => {
      const repository = new CctRepository(NOW);
      const [signer] = repository.pkgMgr.signers;
      const { record, signatures } = await signedRecord([signer!]);
      const chain = await repository.chain({ ...cctTestEnv(NOW), crypto });
      const [[key, entry] = []] = signatures as JsonObject;
      const good = at(entry).get('signature') as unknown as string;
      const order = 'edd3f55c1a631258d69cf7a2def9de14'.padEnd(62, '0');
      for (const forged of [...WEAK.map((weak) => weak + good.slice(64)), `${good.slice(0, 64)}${order}10`]) {
        assert.equal(verifySignature(signer!.publicKey, new Uint8Array(1), hexToBytes(forged), crypto), false, forged);
        const verdict = chain.checkRecord({
          ...(await signedRecord([signer!])),
          record,
          signatures: new Map([[key!, object({ signature: forged })]]),
        });
        assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature', forged);
      }
    });
  });
}

test('a back end that takes every signature changes nothing: core refuses before it is asked', () => {
  const asked: string[] = [];
  const lenient: CryptoPort = {
    ...nodeCrypto,
    verifyEd25519: (key) => {
      asked.push(Buffer.from(key).toString('hex'));
      return true;
    },
  };
  const honest = PublicKey.ed25519Hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  for (const weak of WEAK) {
    assert.equal(verifySignature(honest, new Uint8Array(1), hexToBytes(`${weak}${'00'.repeat(32)}`), lenient), false);
  }
  assert.deepEqual(asked, []);
});
