import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { object } from '../json/build.ts';
import type { JsonValue } from '../json/value.ts';
import { PublicKey } from '../keys/public-key.ts';
import type { CctDelegation } from './delegation.ts';
import { countSignatures, parseSignatures } from './signatures.ts';

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
