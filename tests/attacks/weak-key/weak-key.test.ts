import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type JsonObject,
  type JsonValue,
  object,
  PublicKey,
  readJson,
  TrustedCctChain,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, cctTestEnv, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
/** Back ends differ on weak keys, so this one calls every signature good: what is refused here, core refused. */
const lenient = { ...nodeCrypto, verifyEd25519: () => true };
const env = { ...cctTestEnv(NOW), crypto: lenient };
const IDENTITY = `01${'00'.repeat(31)}`;
/** R = the identity, S = 0: with the identity as key, this satisfies Ed25519's equation for every message. */
const FORGED = `${IDENTITY}${'00'.repeat(32)}`;

function at(value: JsonValue | undefined, ...path: string[]): JsonObject {
  for (const name of path) value = (value as JsonObject).get(name);
  return value as JsonObject;
}

function pem(type: 'ec' | 'rsa', options: object): string {
  const generate = generateKeyPairSync as unknown as (type: string, options: object) => { publicKey: string };
  return generate(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey;
}

describe('weak-key', () => {
  test('a weak key that a root delegates never counts, whatever it signs', async () => {
    const document = readJson(await new CctRepository(NOW).rootFile(), env.limits.json);
    at(document, 'signed', 'delegations', 'root').set('pubkeys', [IDENTITY]);
    at(document, 'signatures').clear();
    at(document, 'signatures').set(IDENTITY, object({ signature: FORGED }));
    const forged = writeJson(document);
    assert.throws(() => TrustedCctChain.fromRoot(forged, env), { code: 'bad-signature' });
  });

  test('a weak key beside an honest one neither counts nor spoils it', async () => {
    const repository = new CctRepository(NOW);
    const honest = repository.pkgMgr.signers[0]!;
    const chain = await repository.chain(env);
    const question = await signedRecord([honest]);
    const signatures = new Map(question.signatures as JsonObject).set(IDENTITY, object({ signature: FORGED }));
    assert.equal(chain.checkRecord({ ...question, signatures }).status, 'signed');
    const alone = new Map([[IDENTITY, object({ signature: FORGED })]]);
    assert.equal(chain.checkRecord({ ...question, signatures: alone }).status, 'unsigned');
  });

  test('a signature with S + L is not a second signature', async () => {
    const repository = new CctRepository(NOW);
    const chain = await repository.chain(env);
    const question = await signedRecord(repository.pkgMgr.signers);
    const [[key, entry] = []] = question.signatures as JsonObject;
    const signature = Buffer.from(at(entry).get('signature') as string, 'hex');
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
    const changed = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
    const malleated = signature.subarray(0, 32).toString('hex') + changed;
    const verdict = chain.checkRecord({
      ...question,
      signatures: new Map([[key!, object({ signature: malleated })]]),
    });
    assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature');
    assert.equal(chain.checkRecord(question).status, 'signed');
  });

  test('takes P-256 and RSA of 2048 bits, and no other curve or shorter modulus', () => {
    assert.equal(PublicKey.fromPem(pem('ec', { namedCurve: 'P-256' })).type, 'ecdsa-p256');
    assert.equal(PublicKey.fromPem(pem('rsa', { modulusLength: 2048 })).type, 'rsa-pss');
    for (const weak of [
      pem('rsa', { modulusLength: 1024 }),
      pem('rsa', { modulusLength: 2040 }),
      pem('ec', { namedCurve: 'P-384' }),
      pem('ec', { namedCurve: 'secp256k1' }),
    ]) {
      assert.throws(() => PublicKey.fromPem(weak), { code: 'malformed' });
    }
  });
});
