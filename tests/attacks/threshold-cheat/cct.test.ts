import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  bytesToHex,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  readJson,
  signCct,
  TrustedCctChain,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, cctTestEnv, seededSigner, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);
const one = seededSigner('one');
const two = seededSigner('two');
const hex = bytesToHex(one.publicKey.bytes);

function at(value: JsonValue | undefined, ...path: string[]): JsonObject {
  for (const name of path) value = (value as JsonObject).get(name);
  return value as JsonObject;
}

function read(file: Uint8Array): JsonObject {
  return readJson(file, env.limits.json) as JsonObject;
}

/** A root of keys one and two, both of which must sign. */
function ofTwo(): CctRepository {
  const repository = new CctRepository(NOW);
  Object.assign(repository.root, { signers: [one, two], threshold: 2 });
  return repository;
}

/** The signed part with other keys of root, signed by key one alone. */
async function delegating(pubkeys: string[], threshold: number): Promise<Uint8Array> {
  const signed = at(read(await ofTwo().rootFile()), 'signed');
  at(signed, 'delegations', 'root').set('pubkeys', pubkeys).set('threshold', JsonNumber.ofInteger(threshold));
  return signCct(signed, [one], 'openpgp', nodeCrypto, NOW);
}

/** One key's signature a second time, under its name in capitals. */
function signTwice(file: Uint8Array): Uint8Array {
  const document = read(file);
  const signatures = at(document, 'signatures');
  signatures.set(hex.toUpperCase(), signatures.get(hex)!);
  return writeJson(document);
}

describe('CCT threshold-cheat', () => {
  test('accepts two keys where two must sign', async () => {
    assert.equal(TrustedCctChain.fromRoot(await ofTwo().rootFile(), env).root.version, 1);
  });

  test('counts a key once, however often it is listed and in whatever case it signs', async () => {
    assert.notEqual(hex, hex.toUpperCase());
    for (const pubkeys of [[hex], [hex, hex], [hex, hex.toUpperCase()]]) {
      const file = await delegating(pubkeys, 2);
      for (const cheat of [file, signTwice(file)]) {
        assert.throws(() => TrustedCctChain.fromRoot(cheat, env), { code: 'threshold-not-met', message: /1 of the 2/ });
      }
      const honest = signTwice(await delegating(pubkeys, 1));
      assert.equal(TrustedCctChain.fromRoot(honest, env).root.version, 1);
    }
  });

  test('takes a key and its signature for the same, whatever the case of either', async () => {
    const file = await delegating([hex.toUpperCase()], 1);
    assert.equal(TrustedCctChain.fromRoot(file, env).root.version, 1);
  });

  test('refuses a threshold that is no whole number from 1 to 2^53-1', async () => {
    const text = new TextDecoder().decode(await new CctRepository(NOW).rootFile());
    for (const literal of ['0', '-1', '-0', '1.0', '1e0', '9007199254740993', '"1"', 'null', 'true', '[]']) {
      const file = new TextEncoder().encode(text.replaceAll('"threshold": 1', `"threshold": ${literal}`));
      assert.throws(() => TrustedCctChain.fromRoot(file, env), { code: 'malformed' }, literal);
    }
  });

  test('refuses delegated keys that are no keys', async () => {
    for (const key of ['', hex.slice(2), `${hex}00`, `0x${hex.slice(2)}`, ` ${hex.slice(1)}`]) {
      const file = await delegating([hex, key], 1);
      assert.throws(() => TrustedCctChain.fromRoot(file, env), { code: 'malformed' }, key);
    }
  });

  test('counts no signature that is malformed, and none of a key of another role', async () => {
    const repository = ofTwo();
    const file = await repository.rootFile();
    for (const entry of [null, '', [], new Map(), new Map([['signature', 'zz']])] as JsonValue[]) {
      const document = read(file);
      at(document, 'signatures').set(hex, entry);
      assert.throws(() => TrustedCctChain.fromRoot(writeJson(document), env), { code: 'bad-signature' });
    }
    const document = read(file);
    at(document, 'signatures').delete(hex);
    const other = await signCct(at(document, 'signed'), [seededSigner('key_mgr')], 'openpgp', nodeCrypto, NOW);
    for (const [key, entry] of at(read(other), 'signatures')) at(document, 'signatures').set(key, entry);
    assert.throws(() => TrustedCctChain.fromRoot(writeJson(document), env), { code: 'threshold-not-met' });
  });

  test('counts raw signatures alone on key_mgr, and either shape on root', async () => {
    const repository = new CctRepository(NOW);
    repository.rootShape = 'raw';
    assert.equal((await repository.chain(env)).root.version, 1);
    repository.keyMgrShape = 'openpgp';
    await assert.rejects(repository.chain(env), { code: 'bad-signature' });
  });

  test('holds records to the threshold too', async () => {
    const repository = new CctRepository(NOW);
    Object.assign(repository.pkgMgr, { signers: [one, two], threshold: 2 });
    const chain = await repository.chain(env);
    assert.equal(chain.checkRecord(await signedRecord([one, two])).status, 'signed');
    const question = await signedRecord([one]);
    const twice = new Map(question.signatures as JsonObject);
    twice.set(hex.toUpperCase(), twice.get(hex)!);
    for (const signatures of [question.signatures, twice]) {
      const verdict = chain.checkRecord({ ...question, signatures });
      assert.ok(verdict.status === 'refused' && verdict.code === 'threshold-not-met');
    }
  });

  test('refuses one key of which the metadata has two entries of the same name', async () => {
    const text = new TextDecoder().decode(await new CctRepository(NOW).rootFile());
    const file = text.replace('"signatures": {', '"signatures": {}, "signatures": {');
    assert.throws(() => TrustedCctChain.fromRoot(new TextEncoder().encode(file), env), { code: 'malformed' });
  });
});
