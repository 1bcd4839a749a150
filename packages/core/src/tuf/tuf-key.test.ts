import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { seededSigner } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import { PublicKey } from '../keys/public-key.ts';
import { spkiToPem } from './pem.ts';
import { parseKeys, type TufKey, tufKeyObject } from './tuf-key.ts';

const ED25519 = seededSigner('key').publicKey;
const P256 = spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
const RSA = spki(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);

function spki(key: { export(form: { format: 'der'; type: 'spki' }): Buffer }): PublicKey {
  return PublicKey.fromSpki(new Uint8Array(key.export({ format: 'der', type: 'spki' })));
}

function parse(keytype: string, scheme: string, text: string): TufKey {
  const key = object({ keytype, scheme, keyval: object({ public: text }) });
  return parseKeys(new Map([['id', key]]), 'root.json').get('id') as TufKey;
}

test('a key that is written is read as the same one', () => {
  for (const key of [ED25519, P256, RSA]) {
    const read = parseKeys(new Map([['id', tufKeyObject(key)]]), 'root.json').get('id');
    assert.equal(read?.publicKey?.material, key.material);
    assert.equal(read?.publicKey?.type, key.type);
  }
});

test('P-256 keys are known under both names of their type', () => {
  for (const keytype of ['ecdsa', 'ecdsa-sha2-nistp256']) {
    assert.equal(parse(keytype, 'ecdsa-sha2-nistp256', spkiToPem(P256.bytes)).publicKey?.material, P256.material);
  }
});

test('keys of another type or scheme, of other material than their type, weak or damaged, are kept and verify nothing', () => {
  const unusable: [TufKey, RegExp][] = [
    [parse('ed25519', 'ed25519ph', ''), /^keys of type ed25519 with scheme ed25519ph are unknown$/],
    [parse('rsa', 'rsa-pkcs1v15-sha256', ''), /^keys of type rsa with scheme rsa-pkcs1v15-sha256 are unknown$/],
    [parse('rsa', 'rsassa-pss-sha256', spkiToPem(P256.bytes)), /^the key is of type ecdsa-p256, not rsa$/],
    [parse('ecdsa', 'ecdsa-sha2-nistp256', spkiToPem(RSA.bytes)), /^the key is of type rsa-pss, not ecdsa$/],
    [parse('ed25519', 'ed25519', '00'.repeat(32)), /weak/],
    [parse('ed25519', 'ed25519', 'no hex'), /hex/],
    [parse('ecdsa', 'ecdsa-sha2-nistp256', 'no PEM'), /PEM/],
  ];
  for (const [key, why] of unusable) {
    assert.equal(key.publicKey, undefined);
    assert.ok(key.raw.has('keyval'));
    assert.match('unusable' in key ? key.unusable : '', why);
  }
});

test('an entry that is no key object is malformed', () => {
  for (const entry of [
    null,
    object({ scheme: 'ed25519', keyval: object({ public: '' }) }),
    object({ keytype: 'ed25519', keyval: object({ public: '' }) }),
    object({ keytype: 'ed25519', scheme: 'ed25519' }),
    object({ keytype: 'ed25519', scheme: 'ed25519', keyval: object({}) }),
  ]) {
    assert.throws(() => parseKeys(new Map([['id', entry]]), 'root.json'), {
      code: 'malformed',
      message: /^root\.json: key "id"/,
    });
  }
});
