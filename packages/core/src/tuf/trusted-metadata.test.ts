import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';
import { readJson } from '../json/read.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { writeJson } from '../json/write.ts';
import { signTuf } from './sign.ts';
import { TrustedMetadata } from './trusted-metadata.ts';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);

async function signedOf(file: Promise<Uint8Array>): Promise<JsonObject> {
  return (readJson(await file, env.limits.json) as JsonObject).get('signed') as JsonObject;
}

describe('trusted metadata', () => {
  test('goes from the root to the targets, step by step, and only in this order', async () => {
    const repository = new TufRepository(NOW);
    const [root, timestamp, snapshot, targets] = await Promise.all([
      repository.rootFile(),
      repository.timestampFile(),
      repository.snapshotFile(),
      repository.targetsFile(),
    ]);
    const outOfOrder = (call: () => void) => assert.throws(call, { code: 'usage' });
    const trusted = TrustedMetadata.fromRoot(root, env);
    outOfOrder(() => trusted.updateTimestamp(timestamp));
    outOfOrder(() => trusted.updateSnapshot(snapshot, { trusted: false }));
    outOfOrder(() => trusted.updateTargets(targets));
    trusted.finishRoots();
    outOfOrder(() => trusted.updateRoot(root));
    outOfOrder(() => trusted.updateSnapshot(snapshot, { trusted: true }));
    trusted.updateTimestamp(timestamp);
    outOfOrder(() => trusted.updateTargets(targets));
    trusted.updateSnapshot(snapshot, { trusted: false });
    outOfOrder(() => trusted.updateTimestamp(timestamp));
    trusted.updateTargets(targets);
    outOfOrder(() => trusted.updateSnapshot(snapshot, { trusted: false }));
    const { root: r, timestamp: t, snapshot: s, targets: g } = trusted;
    assert.deepEqual(
      [r, t, s, g].map((role) => role?.version),
      [1, 1, 1, 1],
    );
    assert.equal(trusted.consistentSnapshot, true);
  });

  test('takes the stored snapshot where the timestamp still names it', async () => {
    const repository = new TufRepository(NOW);
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    const stored = await repository.timestampFile();
    repository.timestamp.version = 2;
    trusted.updateTimestamp(stored);
    trusted.updateTimestamp(await repository.timestampFile());
    trusted.updateSnapshot(await repository.snapshotFile(), { trusted: true });
    assert.equal(trusted.snapshot?.version, 1);
  });

  test('takes no stored snapshot of the right version and other bytes', async () => {
    const repository = new TufRepository(NOW);
    const stored = await repository.snapshotFile();
    repository.snapshot.expires += 1000;
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    trusted.updateTimestamp(await repository.timestampFile());
    assert.throws(() => trusted.updateSnapshot(stored, { trusted: true }), { code: 'hash-mismatch' });
    assert.equal(trusted.snapshot?.version, undefined);
    trusted.updateSnapshot(await repository.snapshotFile(), { trusted: false });
    assert.equal(trusted.snapshot?.version, 1);
  });

  test('refuses every role that a key of another role signed', async () => {
    for (const name of ['timestamp', 'snapshot', 'targets'] as const) {
      const repository = new TufRepository(NOW);
      const root = await repository.rootFile();
      (name === 'targets' ? repository.targetsRole(name) : repository[name]).signers = [seededSigner('root')];
      const trusted = TrustedMetadata.fromRoot(root, env);
      trusted.finishRoots();
      const files = {
        timestamp: await repository.timestampFile(),
        snapshot: await repository.snapshotFile(),
        targets: await repository.targetsFile(),
      };
      assert.throws(
        () => {
          trusted.updateTimestamp(files.timestamp);
          trusted.updateSnapshot(files.snapshot, { trusted: false });
          trusted.updateTargets(files.targets);
        },
        {
          code: 'threshold-not-met',
          message: `${name}.json is signed by 0 of the 1 distinct keys that 1.root.json asks for`,
        },
      );
      assert.equal(trusted[name]?.version, undefined);
    }
  });

  test('names each file that is refused, and the file that says who must sign it', async () => {
    const repository = new TufRepository(NOW);
    const first = await repository.rootFile();
    const trusted = TrustedMetadata.fromRoot(first, env);
    const [owner, thief] = [repository.root.signers, [seededSigner('thief')]];
    const refused = (run: () => void, message: RegExp) => assert.throws(run, { code: 'threshold-not-met', message });
    Object.assign(repository.root, { signedBy: thief });
    const forged = await repository.rootFile();
    refused(() => TrustedMetadata.fromRoot(forged, env), /^the trusted root .* that the file itself asks for$/);
    repository.root.version = 2;
    const next = await repository.rootFile();
    refused(() => trusted.updateRoot(next), /^2\.root\.json .* that 1\.root\.json asks for$/);
    refused(() => trusted.updateRoot(next, 'a file'), /^a file .* that 1\.root\.json asks for$/);
    Object.assign(repository.root, { signers: thief, signedBy: owner });
    const foreign = await repository.rootFile();
    refused(() => trusted.updateRoot(foreign), /^2\.root\.json .* that the file itself asks for$/);
  });

  test('reads a delegated role that is looked at once by the same rules, and does not keep it', async () => {
    const repository = new TufRepository(NOW);
    repository.delegate('targets', 'bin', ['*']).files.set('file', new Uint8Array([1]));
    const trusted = await repository.refresh(env);
    const parent = trusted.targets;
    assert.ok(parent);
    const good = await repository.targetsFile('bin');
    assert.equal(trusted.verifyDelegatedTargets(good, 'bin', parent).targets.get('file')?.length, 1);
    assert.equal(trusted.delegatedTargets('bin', parent), undefined);
    assert.throws(() => trusted.verifyDelegatedTargets(good, 'other', parent), { code: 'missing' });
    repository.targetsRole('bin').signers = [seededSigner('thief')];
    const forged = await repository.targetsFile('bin');
    assert.throws(() => trusted.verifyDelegatedTargets(forged, 'bin', parent), { code: /^(hash|length)-mismatch$/ });
  });

  test('says which version of the snapshot fell', async () => {
    const repository = new TufRepository(NOW);
    repository.snapshot.version = 5;
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    trusted.updateTimestamp(await repository.timestampFile());
    repository.snapshot.version = 4;
    const file = await repository.timestampFile();
    assert.throws(() => trusted.updateTimestamp(file), {
      code: 'rollback',
      message: 'timestamp.json names version 4 of the snapshot; version 5 was accepted before',
    });
  });

  test('remembers no fetched snapshot that was refused: what it says guards nothing', async () => {
    const repository = new TufRepository(NOW);
    repository.stateHashes = false;
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    trusted.updateTimestamp(await repository.timestampFile());
    repository.snapshot.version = 9;
    const ahead = await repository.snapshotFile();
    assert.throws(() => trusted.updateSnapshot(ahead, { trusted: false }), { code: 'version-mismatch' });
    repository.snapshot.version = 1;
    trusted.updateSnapshot(await repository.snapshotFile(), { trusted: false });
    assert.equal(trusted.snapshot?.version, 1);
  });

  test('says which role a snapshot lacks, and needs a snapshot to say so', async () => {
    const repository = new TufRepository(NOW);
    assert.throws(() => TrustedMetadata.fromRoot(new Uint8Array(2_000_000), env), {
      code: 'length-mismatch',
      hint: /\w/,
      details: { file: 'the trusted root' },
    });
    const trusted = await repository.refresh(env);
    assert.throws(() => trusted.metaOf('../team'), {
      code: 'missing',
      message: 'snapshot.json does not name ..%2Fteam.json',
      hint: /\w/,
      details: { role: '../team' },
    });
    const early = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    assert.throws(() => early.metaOf('targets'), { code: 'usage' });
  });

  test('says which file is signed by how many, and who asks for more', async () => {
    const repository = new TufRepository(NOW);
    repository.snapshot.signers = ['a', 'b', 'c'].map(seededSigner);
    repository.snapshot.threshold = 3;
    const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
    trusted.finishRoots();
    repository.snapshot.signers.pop();
    trusted.updateTimestamp(await repository.timestampFile());
    const file = await repository.snapshotFile();
    assert.throws(() => trusted.updateSnapshot(file, { trusted: false }), {
      code: 'threshold-not-met',
      message: 'snapshot.json is signed by 2 of the 3 distinct keys that 1.root.json asks for',
    });
  });

  test('keeps what it does not know, and takes a missing consistent_snapshot for false', async () => {
    const signed = await signedOf(new TufRepository(NOW).rootFile());
    signed.delete('consistent_snapshot');
    signed.set('x-unknown', [null, new JsonNumber('12345678901234567890')]);
    const trusted = TrustedMetadata.fromRoot(await signTuf(signed, [seededSigner('root')], env.crypto), env);
    assert.equal(trusted.consistentSnapshot, false);
    assert.deepEqual(trusted.root.raw.get('x-unknown'), [null, new JsonNumber('12345678901234567890')]);
  });

  test('reads signed metadata in any JSON form', async () => {
    const file = await new TufRepository(NOW).rootFile();
    const spaced = writeJson(readJson(file, env.limits.json), { indent: 3 });
    assert.ok(spaced.length > file.length);
    assert.equal(TrustedMetadata.fromRoot(spaced, env).root.version, 1);
  });

  test('refuses properly signed metadata with a wrong member', async () => {
    const integer = (literal: string) => new JsonNumber(literal);
    const wrong: [string, JsonValue][] = [
      ['_type', 'Root'],
      ['spec_version', '2.0.0'],
      ['spec_version', '1'],
      ['spec_version', '1.x'],
      ['version', integer('0')],
      ['version', '1'],
      ['expires', '2026-02-30T00:00:00Z'],
      ['expires', '2027-01-01T00:00:00+00:00'],
      ['expires', '2027-01-01T00:00:00.5Z'],
      ['expires', '2027-01-01'],
      ['consistent_snapshot', null],
      ['keys', []],
      ['roles', new Map()],
    ];
    for (const [name, value] of wrong) {
      const signed = await signedOf(new TufRepository(NOW).rootFile());
      const file = await signTuf(signed.set(name, value), [seededSigner('root')], env.crypto);
      assert.throws(() => TrustedMetadata.fromRoot(file, env), { code: 'malformed' }, `${name} ${String(value)}`);
    }
    for (const version of ['1.0', '1.0.19', '1.1.0']) {
      const signed = await signedOf(new TufRepository(NOW).rootFile());
      const file = await signTuf(signed.set('spec_version', version), [seededSigner('root')], env.crypto);
      assert.equal(TrustedMetadata.fromRoot(file, env).root.specVersion, version);
    }
  });

  test('refuses a timestamp whose hashes of the snapshot are none it can check', async () => {
    const repository = new TufRepository(NOW);
    const cases: [string, JsonObject][] = [
      ['malformed', new Map()],
      ['malformed', new Map([['sha256', 'AB'.repeat(32)]])],
      ['malformed', new Map([['sha256', '../../../evil']])],
      ['hash-mismatch', new Map([['md5', 'd41d8cd98f00b204e9800998ecf8427e']])],
    ];
    for (const [code, hashes] of cases) {
      const trusted = TrustedMetadata.fromRoot(await repository.rootFile(), env);
      trusted.finishRoots();
      const signed = await signedOf(repository.timestampFile());
      ((signed.get('meta') as JsonObject).get('snapshot.json') as JsonObject).set('hashes', hashes);
      const file = await signTuf(signed, repository.timestamp.signers, env.crypto);
      const snapshot = await repository.snapshotFile();
      assert.throws(
        () => {
          trusted.updateTimestamp(file);
          trusted.updateSnapshot(snapshot, { trusted: false });
        },
        { code },
      );
      assert.equal(trusted.snapshot?.version, undefined);
    }
  });
});

test('signing refuses to let one key sign twice', async () => {
  const signer = seededSigner('root');
  await assert.rejects(signTuf(new Map(), [signer, signer], env.crypto), { code: 'usage' });
});
