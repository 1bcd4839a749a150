import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import type { JsonObject } from '../json/value.ts';
import { writeJson } from '../json/write.ts';
import { parseTufEnvelope, type TufEnvelope } from './envelope.ts';
import { verifyRole } from './role.ts';
import { signTuf } from './sign.ts';
import { keyId, parseKeys, tufKeyObject } from './tuf-key.ts';

const LIMITS = { maxBytes: 100_000, maxDepth: 9 };
const [first, second] = [seededSigner('first'), seededSigner('second')];
const [firstId, secondId] = [first, second].map(({ publicKey }) => keyId(publicKey, nodeCrypto)) as [string, string];
const KEYS: JsonObject = new Map(
  [first, second].map(({ publicKey }) => [keyId(publicKey, nodeCrypto), tufKeyObject(publicKey)]),
);

async function envelope(change: (signatures: Map<string, string>) => void = () => {}): Promise<TufEnvelope> {
  const read = parseTufEnvelope(await signTuf(object({ a: 1 }), [first, second], nodeCrypto), LIMITS, 'x.json');
  const signatures = new Map(read.signatures);
  change(signatures);
  return { ...read, signatures };
}

function verify(of: TufEnvelope, threshold = 2, keys = KEYS, keyIds = [firstId, secondId]): void {
  verifyRole('x.json', { keyIds, threshold }, parseKeys(keys, 'root.json'), of, nodeCrypto, '1.root.json');
}

test('a role that enough of its keys signed is taken', async () => {
  verify(await envelope());
  verify(await envelope((signatures) => signatures.delete(firstId)), 1);
});

test('a signature over other bytes is named, where the threshold is missed for it', async () => {
  const swapped = await envelope((signatures) => signatures.set(firstId, signatures.get(secondId) as string));
  assert.throws(() => verify(swapped), {
    code: 'bad-signature',
    message: `x.json is signed by 1 of the 2 distinct keys that 1.root.json asks for: the signature by key ${firstId.slice(0, 8)}… is not over these bytes`,
    hint: /another mirror/,
    details: { file: 'x.json', signed: 1, threshold: 2, bad: [firstId], unusable: [] },
  });
  verify(swapped, 1);
});

test('a good signature with anything before or after it is a bad one', async () => {
  for (const spoil of [(sig: string) => `${sig}zz`, (sig: string) => `zz${sig}`, (sig: string) => `${sig}\n\n`]) {
    const spoilt = await envelope((signatures) => signatures.set(firstId, spoil(signatures.get(firstId) as string)));
    assert.throws(() => verify(spoilt), { code: 'bad-signature' });
  }
});

test('a key that is not there or cannot be used signs nothing, and the refusal says why', async () => {
  const unknown = { keytype: 'x', scheme: 'y', keyval: object({}) };
  const of = await envelope();
  assert.throws(() => verify(of, 2, new Map(KEYS).set(secondId, object(unknown))), {
    code: 'threshold-not-met',
    message: 'x.json is signed by 1 of the 2 distinct keys that 1.root.json asks for',
    hint: /\w/,
    details: {
      file: 'x.json',
      signed: 1,
      threshold: 2,
      bad: [],
      unusable: [`${secondId}: keys of type x with scheme y are unknown`],
    },
  });
  assert.throws(() => verify(of, 2, new Map([[firstId, KEYS.get(firstId) as JsonObject]])), {
    code: 'threshold-not-met',
    details: { file: 'x.json', signed: 1, threshold: 2, bad: [], unusable: [`${secondId}: the key is not there`] },
  });
});

test('a file without its two members, or of another kind of signatures, is none', () => {
  for (const document of [
    object({ signed: object({}) }),
    object({ signatures: [] }),
    object({ signed: [], signatures: [] }),
    object({ signed: object({}), signatures: [object({ keyid: 'a' })] }),
    object({ signed: object({}), signatures: [object({ sig: '' })] }),
  ]) {
    assert.throws(() => parseTufEnvelope(writeJson(document), LIMITS, 'x.json'), {
      code: 'malformed',
      message: /^x\.json/,
    });
  }
});

test('bytes that are no JSON are refused by the file’s name, with the place and what to do', () => {
  assert.throws(() => parseTufEnvelope(new TextEncoder().encode('{"signed":'), LIMITS, 'x.json'), {
    code: 'malformed',
    message: 'x.json: not well-formed JSON: it ends where a value should be (byte 10)',
    hint: 'The file is damaged, or no metadata at all: try again, or another mirror.',
    details: { offset: 10 },
  });
});

test('a failure of our own while reading is no verdict on the file', () => {
  const notBytes = undefined as unknown as Uint8Array;
  assert.throws(() => parseTufEnvelope(notBytes, LIMITS, 'x.json'), TypeError);
});
