import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesToHex, type JsonValue } from '@antivenom/core';
import { CctRepository, cctTestEnv, seededSigner, signedRecord } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const repository = new CctRepository(NOW);
const [packager] = repository.pkgMgr.signers;
const stranger = seededSigner('stranger');

describe('record-wrong-key', () => {
  test('a stranger beside the delegated key is passed over and named', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const verdict = chain.checkRecord(await signedRecord([stranger, packager!]));
    assert.equal(verdict.status, 'signed');
    assert.deepEqual(verdict.ignored, [bytesToHex(stranger.publicKey.bytes)]);
  });

  test('a key that nobody delegated signs nothing, those of root and key_mgr among them', async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    for (const signer of [stranger, ...repository.root.signers, ...repository.keyMgr.signers]) {
      assert.deepEqual(chain.checkRecord(await signedRecord([signer])), {
        status: 'unsigned',
        ignored: [bytesToHex(signer.publicKey.bytes)],
      });
    }
  });

  test("a stranger's signature under the delegated key's name is refused", async () => {
    const chain = await repository.chain(cctTestEnv(NOW));
    const question = await signedRecord([stranger]);
    const [entry] = (question.signatures as Map<string, JsonValue>).values();
    const signatures = new Map([[bytesToHex(packager!.publicKey.bytes), entry!]]);
    const verdict = chain.checkRecord({ ...question, signatures });
    assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature');
  });

  test('a bad signature under one delegated key is refused, also where another signed and one is enough', async () => {
    const two = new CctRepository(NOW);
    const second = seededSigner('second pkg_mgr');
    two.pkgMgr.signers = [packager!, second];
    const chain = await two.chain(cctTestEnv(NOW));
    const question = await signedRecord([packager!, second]);
    assert.equal(chain.checkRecord(question).status, 'signed');
    const forged = (await signedRecord([stranger])).signatures as Map<string, JsonValue>;
    const signatures = new Map([
      ...(question.signatures as Map<string, JsonValue>),
      [bytesToHex(second.publicKey.bytes), [...forged.values()][0]!] as const,
    ]);
    const verdict = chain.checkRecord({ ...question, signatures });
    assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature');
  });

  test('a record that a delegated key signed is unsigned once the key is rotated out', async () => {
    const rotated = new CctRepository(NOW);
    rotated.pkgMgr.signers = [seededSigner('new pkg_mgr')];
    const chain = await rotated.chain(cctTestEnv(NOW));
    assert.equal(chain.checkRecord(await signedRecord(repository.pkgMgr.signers)).status, 'unsigned');
    assert.equal(chain.checkRecord(await signedRecord(rotated.pkgMgr.signers)).status, 'signed');
  });
});
