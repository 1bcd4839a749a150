import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import { readJson } from '../json/read.ts';
import { JsonNumber, type JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { openpgpDigest } from '../keys/openpgp.ts';
import { PublicKey } from '../keys/public-key.ts';
import { type CctDelegation, parseDelegation } from './delegation.ts';
import { type CctShape, countSignatures, parseSignatures } from './signatures.ts';

const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const DELEGATION: CctDelegation = { keys: new Map([[KEY, PublicKey.ed25519Hex(KEY)]]), threshold: 1 };
/** RFC 8032, section 7.1, test 1: over the empty message. */
const GOOD = {
  signature:
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
};
const BAD = { signature: '11'.repeat(64), other_headers: '00' };

/** The key in as many spellings as are asked for, each other one in capitals at the places of a binary number. */
function spellings(count: number): string[] {
  const letters = [...KEY].flatMap((letter, at) => (/[a-f]/.test(letter) ? [at] : []));
  return Array.from({ length: count }, (_, number) =>
    [...KEY]
      .map((letter, at) =>
        (number >> letters.indexOf(at)) & 1 && letters.includes(at) ? letter.toUpperCase() : letter,
      )
      .join(''),
  );
}

test('counts a key once in either case, good where one of its two entries is', () => {
  for (const entries of [[GOOD], [GOOD, BAD], [BAD, GOOD]]) {
    const map = object(entries.map((entry, at): [string, JsonValue] => [spellings(2)[at]!, object(entry)]));
    const counted = countSignatures(DELEGATION, () => new Uint8Array(0), parseSignatures(map), ['raw'], nodeCrypto);
    assert.deepEqual(counted, { good: [KEY], bad: [], ignored: [] });
  }
});

test('verifies no more than two entries of one key, in however many spellings they come', () => {
  let verified = 0;
  const crypto = {
    ...nodeCrypto,
    verifyEd25519: () => {
      verified++;
      return false;
    },
  };
  const names = spellings(20_000);
  assert.equal(new Set(names).size, names.length);
  const map = object(names.map((name): [string, JsonValue] => [name, object({ signature: GOOD.signature })]));
  const counted = countSignatures(DELEGATION, () => new Uint8Array(0), parseSignatures(map), ['raw'], crypto);
  assert.deepEqual(counted, { good: [], bad: [KEY], ignored: [] });
  assert.equal(verified, 2);
});

/** What a map of signatures comes to, in which the key has this entry. */
function counted(entry: unknown, shapes: readonly CctShape[] = ['raw', 'openpgp']) {
  const bytes = new TextEncoder().encode(JSON.stringify({ [KEY]: entry }));
  const map = readJson(bytes, { maxBytes: 1_000_000, maxDepth: 9 });
  return countSignatures(DELEGATION, () => new Uint8Array(0), parseSignatures(map), shapes, nodeCrypto);
}

const { signature } = GOOD;
const MALFORMED: readonly [what: string, entry: unknown][] = [
  ['an odd number of digits', { signature: signature.slice(1) }],
  ['one digit more', { signature: `${signature}0` }],
  ['a byte more', { signature: `${signature}00` }],
  ['a byte less', { signature: signature.slice(2) }],
  ['no digits', { signature: '' }],
  ['far too many digits', { signature: '00'.repeat(400_000) }],
  ['another alphabet', { signature: Buffer.from(signature, 'hex').toString('base64') }],
  ['a letter beyond f', { signature: signature.replace('e', 'g') }],
  ['a prefix', { signature: `0x${signature}` }],
  ['a prefix in the place of digits', { signature: `0x${signature.slice(2)}` }],
  ['a line break at its end', { signature: `${signature}\n` }],
  ['a line break in the place of digits', { signature: `${signature.slice(1)}\n` }],
  ['digits of another script', { signature: signature.replaceAll('5', '５') }],
  ['null', { signature: null }],
  ['a number', { signature: 5 }],
  ['a list', { signature: [signature] }],
  ['an object', { signature: { signature } }],
  ['no signature', {}],
  ['a trailer without a signature', { other_headers: '04' }],
  ['a trailer of an odd number of digits', { signature, other_headers: '040' }],
  ['an empty trailer', { signature, other_headers: '' }],
  ['a trailer of another alphabet', { signature, other_headers: 'BAAW' }],
  ['a trailer with a line break', { signature, other_headers: '04\n' }],
  ['a trailer that no packet can hold', { signature, other_headers: '04'.repeat(65_542) }],
  ['a trailer that is null', { signature, other_headers: null }],
  ['a trailer that is a number', { signature, other_headers: 4 }],
  ['a member that is a number', { signature, see_also: 5 }],
  ['a member that is null', { signature, 'x-note': null }],
  ['a list of the signature', [signature]],
  ['the signature without a map around it', signature],
  ['nothing', null],
  ['truth', true],
];

for (const [what, entry] of MALFORMED) {
  test(`counts no entry that has ${what}, and takes it for a bad one of a delegated key`, () => {
    assert.deepEqual(counted(entry), { good: [], bad: [KEY], ignored: [] });
  });
}

test('counts hex of either case, and entries with further members that are strings', () => {
  for (const entry of [GOOD, { signature: signature.toUpperCase() }, { ...GOOD, see_also: '00'.repeat(20) }]) {
    assert.deepEqual(counted(entry), { good: [KEY], bad: [], ignored: [] });
  }
});

test('counts a raw signature in no OpenPGP shape, and in neither where that shape does not count', () => {
  assert.deepEqual(counted({ ...GOOD, other_headers: '04' }).good, []);
  assert.deepEqual(counted(GOOD, ['openpgp']), { good: [], bad: [KEY], ignored: [] });
});

test('counts an OpenPGP trailer as long as a packet can hold, and none that is longer', async () => {
  const signer = seededSigner('long trailer');
  const key = bytesToHex(signer.publicKey.bytes);
  const delegation = { keys: new Map([[key, signer.publicKey]]), threshold: 1 };
  const canonical = new TextEncoder().encode('{}');
  for (const [length, good] of [
    [6 + 65_535, [key]],
    [6 + 65_536, []],
  ] as const) {
    const headers = new Uint8Array(length);
    const over = bytesToHex(await signer.sign(openpgpDigest(canonical, headers, nodeCrypto)));
    const entry = object({ signature: over, other_headers: bytesToHex(headers) });
    const signatures = parseSignatures(new Map([[key, entry]]));
    assert.deepEqual(countSignatures(delegation, () => canonical, signatures, ['openpgp'], nodeCrypto).good, good);
  }
});

test('counts no signature by a weak key, though it was delegated, and takes it for a bad one', () => {
  const weak = '00'.repeat(32);
  const delegation = parseDelegation(object({ pubkeys: [weak, KEY], threshold: 1 }), 'key_mgr.json');
  assert.deepEqual([...delegation.keys.keys()], [weak, KEY]);
  assert.equal(delegation.keys.get(weak), undefined);
  const signatures = parseSignatures(
    object([
      [weak, object(GOOD)],
      [KEY, object(GOOD)],
    ]),
  );
  assert.deepEqual(
    countSignatures(delegation, () => new Uint8Array(0), signatures, ['raw'], nodeCrypto),
    {
      good: [KEY],
      bad: [weak],
      ignored: [],
    },
  );
});

test('takes what is no map for one without signatures', () => {
  for (const value of [undefined, null, true, 'text', new JsonNumber('1'), [object(GOOD)]]) {
    assert.equal(parseSignatures(value).size, 0);
  }
});

test('ignores keys that are none, however much they look like the delegated one', () => {
  const looks = [` ${KEY}`, `${KEY}\n`, `0x${KEY}`, KEY.slice(1), `${KEY}0`, '', '__proto__'];
  const map = object(looks.map((key): [string, JsonValue] => [key, object(GOOD)]));
  const result = countSignatures(DELEGATION, () => new Uint8Array(0), parseSignatures(map), ['raw'], nodeCrypto);
  assert.deepEqual(result, { good: [], bad: [], ignored: looks });
});
