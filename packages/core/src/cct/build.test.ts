import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import { readJson } from '../json/read.ts';
import type { JsonObject } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { PublicKey } from '../keys/public-key.ts';
import type { Signer } from '../keys/signer.ts';
import { buildCctKeyMgr, buildCctPkgMgr, buildCctRoot, signCct, signInOpenpgpShape, signRecord } from './build.ts';

const [first, second] = [seededSigner('first'), seededSigner('second')];
const [firstHex, secondHex] = [first, second].map(({ publicKey }) => bytesToHex(publicKey.bytes)) as [string, string];
const FIELDS = { version: 2, issued: Date.UTC(2026, 0, 12), expires: Date.UTC(2027, 0, 12, 1, 2, 3) };
const USAGE = { code: 'usage', message: /\w/ };

const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
/** Of a key that CCT has no signatures of: it must not even be asked to sign. */
const p256: Signer = {
  publicKey: PublicKey.fromSpki(new Uint8Array(spki)),
  sign: () => Promise.reject(new Error('it was asked to sign')),
};

const keyMgr = (keys: readonly PublicKey[], threshold: number) =>
  buildCctKeyMgr({ ...FIELDS, pkgMgr: { keys, threshold } });

test('each type states its dates, its version and whom it delegates to', () => {
  const head = {
    expiration: '2027-01-12T01:02:03Z',
    metadata_spec_version: '0.6.0',
    timestamp: '2026-01-12T00:00:00Z',
    version: 2,
  };
  const one = object({ pubkeys: [firstHex], threshold: 1 });
  const two = object({ pubkeys: [firstHex, secondHex], threshold: 2 });
  const keys = { keys: [first.publicKey], threshold: 1 };
  const both = { keys: [first.publicKey, second.publicKey], threshold: 2 };
  assert.deepEqual(
    buildCctRoot({ ...FIELDS, root: both, keyMgr: keys }),
    object({ ...head, delegations: object({ root: two, key_mgr: one }), type: 'root' }),
  );
  assert.deepEqual(
    buildCctKeyMgr({ ...FIELDS, pkgMgr: keys }),
    object({ ...head, delegations: object({ pkg_mgr: one }), type: 'key_mgr' }),
  );
  assert.deepEqual(buildCctPkgMgr(FIELDS), object({ ...head, delegations: object({}), type: 'pkg_mgr' }));
});

test('no threshold is written that the keys cannot meet, a key listed twice being one', () => {
  keyMgr([first.publicKey, second.publicKey], 2);
  const twice = keyMgr([first.publicKey, first.publicKey], 1).get('delegations') as JsonObject;
  assert.deepEqual((twice.get('pkg_mgr') as JsonObject).get('pubkeys'), [firstHex]);
  for (const threshold of [0, -1, 0.5, 3, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => keyMgr([first.publicKey, second.publicKey], threshold), USAGE, String(threshold));
  }
  assert.throws(() => keyMgr([first.publicKey, first.publicKey], 2), USAGE);
  assert.throws(() => keyMgr([], 1), USAGE);
});

test('no version is written but a whole number from 1 on', () => {
  for (const version of [0, -1, 1.5, 2 ** 53, Number.NaN]) {
    assert.throws(() => buildCctPkgMgr({ ...FIELDS, version }), USAGE, String(version));
  }
});

test('keys that are not Ed25519 are delegated nothing and sign nothing', async () => {
  assert.throws(() => keyMgr([p256.publicKey], 1), USAGE);
  await assert.rejects(signCct(new Map(), [p256], 'raw', nodeCrypto, 0), USAGE);
  await assert.rejects(signInOpenpgpShape(new Uint8Array(0), p256, nodeCrypto, 0), USAGE);
  await assert.rejects(signRecord(new Map(), p256), USAGE);
});

test('no key signs twice', async () => {
  await assert.rejects(signCct(new Map(), [first, second, first], 'raw', nodeCrypto, 0), USAGE);
});

test('a file is signed by each signer, in the shape that is asked for', async () => {
  for (const [shape, members] of [
    ['raw', ['signature']],
    ['openpgp', ['other_headers', 'signature']],
  ] as const) {
    const file = await signCct(buildCctPkgMgr(FIELDS), [first, second], shape, nodeCrypto, FIELDS.issued);
    const document = readJson(file, { maxBytes: 10_000, maxDepth: 9 }) as JsonObject;
    const signatures = document.get('signatures') as Map<string, JsonObject>;
    assert.deepEqual([...signatures.keys()].sort(), [firstHex, secondHex].sort());
    for (const entry of signatures.values()) assert.deepEqual([...entry.keys()], members);
    assert.deepEqual(document.get('signed'), readJsonOf(buildCctPkgMgr(FIELDS)));
  }
});

/** With its members as the canonical form orders them. */
function readJsonOf(signed: JsonObject): JsonObject {
  return new Map([...signed].sort(([a], [b]) => (a < b ? -1 : 1)));
}
