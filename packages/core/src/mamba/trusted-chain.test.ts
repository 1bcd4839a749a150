import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, cctTestEnv, seededSigner, signedRecord } from '@antivenom/testkit';
import { signInOpenpgpShape } from '../cct/build.ts';
import type { RecordQuestion } from '../cct/record.ts';
import type { CctShape } from '../cct/signatures.ts';
import type { RecordSignature } from '../conda/signatures.ts';
import { object } from '../json/build.ts';
import { cctCanonical } from '../json/cct-canonical.ts';
import { readJson } from '../json/read.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import type { Signer } from '../keys/signer.ts';
import { projectRecord } from './projection.ts';
import { signProjection } from './sign.ts';
import { TrustedMambaChain } from './trusted-chain.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const ENV = cctTestEnv(NOW);
const [PKG_MGR, STRANGER] = [seededSigner('pkg_mgr'), seededSigner('stranger')];

/** A channel's chain as it is published for mamba. */
function repositoryForMamba(): CctRepository {
  const repository = new CctRepository(NOW);
  repository.keyMgrShape = 'openpgp';
  return repository;
}

async function question(...signers: Signer[]): Promise<RecordQuestion> {
  const asked = await signedRecord([]);
  const signatures = new Map<string, JsonValue>();
  for (const signer of signers) {
    const signature = await signProjection(asked.record, { indexHasPip: false }, signer, nodeCrypto, NOW);
    signatures.set(bytesToHex(signer.publicKey.bytes), entry(signature));
  }
  return { ...asked, signatures };
}

function entry({ signature, otherHeaders }: Required<RecordSignature>): JsonObject {
  return object({ other_headers: otherHeaders, signature });
}

test('takes a chain in which everything has the OpenPGP shape, and records by their projection', async () => {
  const chain = await repositoryForMamba().mambaChain(ENV);
  assert.equal(chain.pkgMgr?.version, 1);
  const verdict = chain.checkRecord(await question(PKG_MGR, STRANGER), false);
  assert.equal(verdict.status, 'signed');
  assert.deepEqual(verdict.ignored, [bytesToHex(STRANGER.publicKey.bytes)]);
  assert.equal(chain.checkRecord(await question(STRANGER), false).status, 'unsigned');
});

test('takes signatures in either shape, on metadata and on records', async () => {
  const repository = new CctRepository(NOW);
  const raw: CctShape = 'raw';
  Object.assign(repository, { rootShape: raw, keyMgrShape: raw, pkgMgrShape: raw });
  const chain = await repository.mambaChain(ENV);
  const asked = await question();
  const projection = projectRecord(asked.record, { indexHasPip: false });
  assert.ok(projection.status === 'foretold');
  const signature = bytesToHex(await PKG_MGR.sign(projection.canonical));
  const signatures = object([[bytesToHex(PKG_MGR.publicKey.bytes), object({ signature })]]);
  assert.equal(chain.checkRecord({ ...asked, signatures }, false).status, 'signed');
});

test('refuses a record that was changed in what mamba verifies, and passes what it leaves unsigned', async () => {
  const chain = await repositoryForMamba().mambaChain(ENV);
  const asked = await question(PKG_MGR);
  const changed = (member: string, value: JsonValue) =>
    chain.checkRecord({ ...asked, record: new Map([...asked.record, [member, value]]) }, false).status;
  assert.equal(changed('depends', ['evil']), 'refused');
  assert.equal(changed('sha256', 'cd'.repeat(32)), 'refused');
  assert.equal(changed('noarch', 'python'), 'signed');
  assert.equal(chain.checkRecord({ ...asked, file: 'other-1.3-h1_0.conda' }, false).status, 'refused');
});

test('takes pip in the index into account', async () => {
  const chain = await repositoryForMamba().mambaChain(ENV);
  const asked = await question();
  const record = new Map([...asked.record, ['name', 'python']]);
  const signature = entry(await signProjection(record, { indexHasPip: true }, PKG_MGR, nodeCrypto, NOW));
  const signatures = object([[bytesToHex(PKG_MGR.publicKey.bytes), signature]]);
  const python = { ...asked, file: 'python-1.3-h1_0.conda', record: record.set('version', '1.3'), signatures };
  // Version 1.3 gets no pip; 3.9 does.
  assert.equal(chain.checkRecord(python, true).status, 'signed');
  const newer = new Map([...record, ['version', '3.9']]);
  const of = entry(await signProjection(newer, { indexHasPip: true }, PKG_MGR, nodeCrypto, NOW));
  const about = {
    ...python,
    file: 'python-3.9-h1_0.conda',
    record: newer,
    signatures: object([[bytesToHex(PKG_MGR.publicKey.bytes), of]]),
  };
  assert.equal(chain.checkRecord(about, true).status, 'signed');
  assert.equal(chain.checkRecord(about, false).status, 'refused');
});

test('refuses a signature over a record whose projection nobody can foretell, and passes it unsigned', async () => {
  const chain = await repositoryForMamba().mambaChain(ENV);
  const asked = await question(PKG_MGR);
  const record = new Map([...asked.record, ['license', null]]);
  const verdict = chain.checkRecord({ ...asked, record }, false);
  assert.ok(verdict.status === 'refused' && verdict.code === 'bad-signature');
  assert.match(verdict.message, /`license` is not a string$/);
  assert.equal(chain.checkRecord({ ...asked, record, signatures: undefined }, false).status, 'unsigned');
  await assert.rejects(signProjection(record, { indexHasPip: false }, PKG_MGR, nodeCrypto, NOW), { code: 'usage' });
});

test('a projection never counts in conda’s chain, whether asked for the record or served in its place', async () => {
  const conda = await new CctRepository(NOW).chain(ENV);
  const asked = await question(PKG_MGR);
  assert.equal(conda.checkRecord(asked).status, 'refused');
  const projection = projectRecord(asked.record, { indexHasPip: false });
  assert.ok(projection.status === 'foretold');
  const served = readJson(projection.canonical, ENV.limits.json) as JsonObject;
  assert.equal(conda.checkRecord({ ...asked, record: served }).status, 'refused');
  // In mamba's chain a record is no projection either.
  const mamba = await repositoryForMamba().mambaChain(ENV);
  const overRecord = entry(await signInOpenpgpShape(cctCanonical(asked.record), PKG_MGR, nodeCrypto, NOW));
  const signatures = object([[bytesToHex(PKG_MGR.publicKey.bytes), overRecord]]);
  assert.equal(mamba.checkRecord({ ...asked, signatures }, false).status, 'refused');
});

test('refuses a pkg_mgr by strangers, an expired one, and the files in another order', async () => {
  const repository = repositoryForMamba();
  const begun = TrustedMambaChain.fromRoot(await repository.rootFile(), ENV);
  const keyMgr = await repository.keyMgrFile();
  const pkgMgr = await repository.pkgMgrFile();
  assert.throws(() => begun.setKeyMgr(keyMgr), { code: 'usage' });
  begun.finishRoots();
  assert.throws(() => begun.setPkgMgr(pkgMgr), { code: 'usage' });
  begun.setKeyMgr(keyMgr);
  const asked = await question(PKG_MGR);
  assert.throws(() => begun.checkRecord(asked, false), { code: 'usage' });

  Object.assign(repository.pkgMgr, { expires: NOW });
  const expired = await repository.pkgMgrFile();
  assert.throws(() => begun.setPkgMgr(expired), { code: 'expired' });
  repository.pkgMgr.signers = [STRANGER];
  const strange = await repository.pkgMgrFile();
  assert.throws(() => begun.setPkgMgr(strange), { code: 'threshold-not-met' });
  assert.equal(begun.pkgMgr, undefined);
  begun.setPkgMgr(pkgMgr);
  assert.equal(begun.checkRecord(asked, false).status, 'signed');
});

test('refuses what mamba refuses: other delegations, other versions of the format, no version', async () => {
  const repository = repositoryForMamba();
  const edited = async (file: Promise<Uint8Array>, edit: (signed: JsonObject) => void, signer: Signer) => {
    const document = readJson(await file, ENV.limits.json) as JsonObject;
    const signed = document.get('signed') as JsonObject;
    edit(signed);
    const signature = entry(await signInOpenpgpShape(cctCanonical(signed), signer, nodeCrypto, NOW));
    return cctCanonical(object({ signatures: object([[bytesToHex(signer.publicKey.bytes), signature]]), signed }));
  };
  const delegateMore = (signed: JsonObject) => {
    const delegations = signed.get('delegations') as JsonObject;
    delegations.set('targets', object({ pubkeys: [bytesToHex(STRANGER.publicKey.bytes)], threshold: 1 }));
  };
  const refusal = (message: RegExp) => ({ code: 'malformed', message });

  const root = await edited(repository.rootFile(), delegateMore, seededSigner('CCT root'));
  assert.throws(() => TrustedMambaChain.fromRoot(root, ENV), refusal(/delegates "targets"/));
  const edits: [edit: (signed: JsonObject) => void, message: RegExp][] = [
    [delegateMore, /delegates "targets"/],
    [(signed) => signed.set('metadata_spec_version', '0.6.1'), /mamba asks for the same/],
    [(signed) => signed.delete('version'), /`version` is missing/],
  ];
  for (const [edit, message] of edits) {
    const chain = TrustedMambaChain.fromRoot(await repository.rootFile(), ENV);
    chain.finishRoots();
    const keyMgr = await edited(repository.keyMgrFile(), edit, seededSigner('key_mgr'));
    assert.throws(() => chain.setKeyMgr(keyMgr), refusal(message));
    chain.setKeyMgr(await repository.keyMgrFile());
    const pkgMgr = await edited(repository.pkgMgrFile(), edit, PKG_MGR);
    assert.throws(() => chain.setPkgMgr(pkgMgr), refusal(message));
  }
});
