import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type JsonValue, object } from '@antivenom/core';
import { CctRepository, cctTestEnv, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const repository = new CctRepository(NOW);

describe('record-unsigned', () => {
  test('a record without a signature is never taken for a signed one', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    assert.equal(chain.checkRecord(question).status, 'signed');
    const nothing: (JsonValue | undefined)[] = [undefined, null, true, '', 'ab'.repeat(64), [], new Map()];
    for (const signatures of nothing) {
      assert.deepEqual(chain.checkRecord({ ...question, signatures }), { status: 'unsigned', ignored: [] });
    }
  });

  test('an entry of a delegated key that is no signature is refused, not passed over', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord(repository.pkgMgr.signers);
    const [[key, entry] = []] = question.signatures as Map<string, JsonValue>;
    const signature = (entry as Map<string, JsonValue>).get('signature') as string;
    const wrong: JsonValue[] = [
      null,
      signature,
      [],
      new Map(),
      object({ signature: '' }),
      object({ signature: signature.slice(2) }),
      object({ signature: `${signature}00` }),
      object({ signature: `zz${signature.slice(2)}` }),
      object({ signature: [signature] }),
      object({ signature, other_headers: '' }),
      object({ signature, other_headers: null }),
      object({ signature, other_headers: '04001608' }),
    ];
    for (const entry of wrong) {
      const verdict = chain.checkRecord({ ...question, signatures: new Map([[key!, entry]]) });
      assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature');
    }
  });
});
