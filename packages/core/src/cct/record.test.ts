import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner, signedRecord } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import type { JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { signRecord } from './build.ts';
import type { CctDelegation } from './delegation.ts';
import { checkCctRecord, checkSignedRecord, nameIn, type RecordQuestion } from './record.ts';

const [first, second, stranger] = ['first', 'second', 'stranger'].map(seededSigner) as [
  ReturnType<typeof seededSigner>,
  ReturnType<typeof seededSigner>,
  ReturnType<typeof seededSigner>,
];
const hex = ({ publicKey }: typeof first) => bytesToHex(publicKey.bytes);

function delegation(threshold: number): CctDelegation {
  return { keys: new Map([first, second].map((signer) => [hex(signer), signer.publicKey])), threshold };
}

const check = (question: RecordQuestion, threshold = 1) => checkCctRecord(question, delegation(threshold), nodeCrypto);

test('a record counts as signed by the delegated keys that signed it, others left aside', async () => {
  const question = await signedRecord([stranger, first, second]);
  assert.deepEqual(check(question, 2), { status: 'signed', keys: [hex(first), hex(second)], ignored: [hex(stranger)] });
  assert.deepEqual(check(await signedRecord([stranger])), { status: 'unsigned', ignored: [hex(stranger)] });
  assert.deepEqual(check(await signedRecord([first]), 2), {
    status: 'refused',
    code: 'threshold-not-met',
    message: 'linux-64/zlib-1.3-h1_0.conda is signed by 1 of the 2 distinct keys that key_mgr.json asks for',
    ignored: [],
  });
});

test('one bad signature refuses the record, also where the others are enough', async () => {
  const question = await signedRecord([first, second]);
  const entries = question.signatures as Map<string, JsonValue>;
  const signatures = new Map(entries).set(hex(second), entries.get(hex(first)) as JsonValue);
  assert.deepEqual(check({ ...question, signatures }), {
    status: 'refused',
    code: 'bad-signature',
    message: `linux-64/zlib-1.3-h1_0.conda: the signature by key ${hex(second).slice(0, 8)}… is not over this record`,
    ignored: [],
  });
});

test('signatures of records in v3 maps mean nothing', async () => {
  const question = { ...(await signedRecord([first])), map: 'v3.conda' as const, file: 'zlib-1.3-h1_0' };
  assert.deepEqual(check(question), { status: 'unsigned', ignored: [] });
});

test('a record that says no subdir would pass in every one: it is refused where it is signed', async () => {
  const question = await signedRecord([]);
  const record = new Map(question.record);
  record.delete('subdir');
  assert.deepEqual(check({ ...question, record }), { status: 'unsigned', ignored: [] });
  const signatures = object([[hex(first), object({ signature: await signRecord(record, first) })]]);
  const verdict = check({ ...question, record, signatures });
  assert.ok(verdict.status === 'refused' && verdict.code === 'name-mismatch' && /no subdir/.test(verdict.message));
  assert.equal(check({ ...question, record, signatures, checkNames: false }).status, 'signed');
});

test('names are checked unless somebody renamed on purpose', async () => {
  const question = { ...(await signedRecord([first])), file: 'zlib-1.4-h1_0.conda' };
  const verdict = check(question);
  assert.ok(verdict.status === 'refused' && verdict.code === 'name-mismatch');
  assert.equal(check({ ...question, checkNames: false }).status, 'signed');
});

test('a failure of our own is thrown, and no verdict on the record', async () => {
  const broken = { ...(await signedRecord([])), file: undefined as unknown as string };
  assert.throws(() => check(broken), TypeError);
});

test('what is signed is asked for only where a delegated key has an entry', async () => {
  const unasked = {
    canonical: () => assert.fail('it was asked for'),
    shapes: ['raw'] as const,
  };
  const question = await signedRecord([stranger]);
  assert.equal(checkSignedRecord(question, unasked, delegation(1), nodeCrypto).status, 'unsigned');
});

test('a record is named with its folder where that is known', async () => {
  const question = await signedRecord([]);
  assert.equal(nameIn(question), 'linux-64/zlib-1.3-h1_0.conda');
  assert.equal(nameIn({ ...question, subdir: '' }), 'zlib-1.3-h1_0.conda');
});
