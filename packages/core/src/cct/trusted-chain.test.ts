import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { CctRepository, cctTestEnv, seededSigner, signedRecord } from '@antivenom/testkit';
import { object } from '../json/build.ts';
import { readJson } from '../json/read.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { signCct } from './build.ts';
import { parseCctEnvelope } from './envelope.ts';
import { expectDelegations, parseCctKeyMgr, parseCctPkgMgr, parseCctRoot } from './metadata.ts';
import { TrustedCctChain } from './trusted-chain.ts';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);

async function signedOf(file: Promise<Uint8Array>): Promise<JsonObject> {
  return (readJson(await file, env.limits.json) as JsonObject).get('signed') as JsonObject;
}

test('roots come first, then key_mgr, then records; another order is wrong use', async () => {
  const repository = new CctRepository(NOW);
  const root = await repository.rootFile();
  const keyMgr = await repository.keyMgrFile();
  const question = await signedRecord(repository.pkgMgr.signers);
  const chain = TrustedCctChain.fromRoot(root, env);
  assert.throws(() => chain.setKeyMgr(keyMgr), { code: 'usage', message: 'key_mgr comes after finishRoots()' });
  chain.finishRoots();
  assert.throws(() => chain.updateRoot(root), { code: 'usage', message: 'a root comes before finishRoots()' });
  assert.throws(() => chain.checkRecord(question), { code: 'usage', message: 'records come after setKeyMgr()' });
  chain.setKeyMgr(keyMgr);
  assert.equal(chain.checkRecord(question).status, 'signed');
});

test('each refusal names its file, and the one that says who must sign it', async () => {
  const repository = new CctRepository(NOW);
  const [owner, thief] = [repository.root.signers, [seededSigner('thief')]];
  const root = await repository.rootFile();
  const chain = TrustedCctChain.fromRoot(root, env);
  const forged = await signCct(await signedOf(repository.rootFile()), thief, 'raw', nodeCrypto, NOW);
  const asks = (file: string, by: string) => ({
    code: 'threshold-not-met',
    message: `${file} is signed by 0 of the 1 distinct keys that ${by} asks for`,
    hint: /\w/,
    details: { file, signed: 0, threshold: 1, bad: [] },
  });
  assert.throws(
    () => TrustedCctChain.fromRoot(forged, env),
    asks('the trusted conda-content-trust root', 'the file itself'),
  );
  assert.throws(() => chain.updateRoot(forged), asks('2.root.json', '1.root.json'));
  assert.throws(() => chain.updateRoot(forged, 'a file'), asks('a file', '1.root.json'));
  repository.root.signers = thief;
  const foreign = await signCct(await signedOf(repository.rootFile()), owner, 'raw', nodeCrypto, NOW);
  assert.throws(() => chain.updateRoot(foreign), asks('2.root.json', 'the file itself'));
  chain.finishRoots();
  repository.keyMgr.signers = thief;
  const keyMgr = await repository.keyMgrFile();
  assert.throws(() => chain.setKeyMgr(keyMgr), asks('key_mgr.json', '1.root.json'));
});

test('a signature over other bytes is named, with what to do', async () => {
  const repository = new CctRepository(NOW);
  const text = new TextDecoder().decode(await repository.rootFile()).replace('"version": 1', '"version": 2');
  assert.throws(() => TrustedCctChain.fromRoot(new TextEncoder().encode(text), env), {
    code: 'bad-signature',
    message:
      /^the trusted conda-content-trust root is signed by 0 of the 1 .* the signature by key [0-9a-f]{8}… is not over/,
    hint: /another mirror/,
  });
});

test('on roots both shapes count, on key_mgr the raw one alone', async () => {
  const repository = new CctRepository(NOW);
  for (const shape of ['raw', 'openpgp'] as const) {
    repository.rootShape = shape;
    repository.root.version = 1;
    const chain = TrustedCctChain.fromRoot(await repository.rootFile(), env);
    repository.root.version = 2;
    chain.updateRoot(await repository.rootFile());
    chain.finishRoots();
    repository.keyMgrShape = 'openpgp';
    const inOpenpgp = await repository.keyMgrFile();
    assert.throws(() => chain.setKeyMgr(inOpenpgp), { code: 'bad-signature' });
    repository.keyMgrShape = 'raw';
    chain.setKeyMgr(await repository.keyMgrFile());
  }
});

test('a root of another version than the next says which must stand there, and an expired one its name', async () => {
  const repository = new CctRepository(NOW);
  const chain = TrustedCctChain.fromRoot(await repository.rootFile(), env);
  repository.root.version = 3;
  const skipped = await repository.rootFile();
  assert.throws(() => chain.updateRoot(skipped), {
    code: 'version-mismatch',
    message: '2.root.json is version 3; version 2 must stand here',
    hint: /\w/,
    details: { file: '2.root.json', found: 3, expected: 2 },
  });
  repository.root.version = 2;
  repository.root.expires = NOW;
  chain.updateRoot(await repository.rootFile());
  assert.throws(() => chain.finishRoots(), { code: 'expired', message: /^2\.root\.json expired/ });
});

test('bytes that are no JSON are refused by the file’s name, and a failure of our own is no verdict', () => {
  assert.throws(() => parseCctEnvelope(new TextEncoder().encode('{"signed":'), env.limits, 'key_mgr.json'), {
    code: 'malformed',
    message: 'key_mgr.json: not well-formed JSON: it ends where a value should be (byte 10)',
    hint: 'The file is damaged, or no metadata at all: try again, or another mirror.',
    details: { offset: 10 },
  });
  assert.throws(() => parseCctEnvelope(undefined as unknown as Uint8Array, env.limits, 'key_mgr.json'), TypeError);
});

test('metadata follows version 0.6 of the format, whatever its last number', async () => {
  const repository = new CctRepository(NOW);
  const signed = await signedOf(repository.keyMgrFile());
  const parse = (version: string) => parseCctKeyMgr(signed.set('metadata_spec_version', version), 'x');
  for (const version of ['0.6.0', '0.6.1', '0.6.25']) assert.equal(parse(version).specVersion, version);
  for (const version of [
    '0.6',
    '0.6.',
    '0.5.0',
    '0.7.0',
    '1.6.0',
    '10.6.0',
    '0.6.0.0',
    '0.6.x',
    '0x6.0',
    ' 0.6.0',
    '0.6.0\n',
    '',
  ]) {
    assert.throws(() => parse(version), { code: 'malformed', hint: /sign/ }, JSON.stringify(version));
  }
});

test('root and pkg_mgr must state a version, key_mgr may; none is 0 or negative', async () => {
  const repository = new CctRepository(NOW);
  const parsers = [
    [parseCctRoot, await signedOf(repository.rootFile()), false],
    [parseCctKeyMgr, await signedOf(repository.keyMgrFile()), true],
    [parseCctPkgMgr, await signedOf(repository.pkgMgrFile()), false],
  ] as const;
  for (const [parse, signed, mayLack] of parsers) {
    assert.equal(parse(signed, 'x').version, 1);
    for (const version of [0, -1, '1', null]) {
      const wrong: JsonObject = object([...signed, ['version', version]]);
      assert.throws(() => parse(wrong, 'x'), { code: 'malformed', message: /^x: `version`/ });
    }
    const without: Map<string, JsonValue> = new Map(signed);
    without.delete('version');
    if (mayLack) assert.equal(parse(without, 'x').version, 0);
    else assert.throws(() => parse(without, 'x'), { code: 'malformed', message: 'x: `version` is missing' });
  }
});

test('pkg_mgr delegates nothing, and other metadata exactly what mamba expects', async () => {
  const repository = new CctRepository(NOW);
  const pkgMgr = await signedOf(repository.pkgMgrFile());
  for (const role of ['root', '']) {
    const delegating = new Map(pkgMgr).set('delegations', object([[role, object({})]]));
    assert.throws(() => parseCctPkgMgr(delegating, 'x'), { code: 'malformed', message: /mamba/ }, role);
  }
  const keyMgr = parseCctKeyMgr(await signedOf(repository.keyMgrFile()), 'x');
  expectDelegations(keyMgr, ['pkg_mgr'], 'x');
  assert.throws(() => expectDelegations(keyMgr, ['root'], 'x'), { code: 'malformed', message: /"pkg_mgr"/ });
});
