/** Signatures that count twice, keys that count twice, thresholds that mean nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedSigner, StagedRepository, seededSigner } from '@antivenom/testkit';

const three = ['a', 'b', 'c'].map(seededSigner);

test('a role that too few of its keys signed is refused, and so is one that too few could sign', async () => {
  for (const [threshold, signers] of [
    [3, three.slice(0, 2)],
    [4, three],
  ] as const) {
    await using staged = await StagedRepository.start();
    const { snapshot } = staged.repository;
    Object.assign(snapshot, { signers: three, threshold: 1 });
    await staged.publishNext('root');
    await staged.accepted('refresh');
    Object.assign(snapshot, { threshold, signedBy: signers });
    await staged.publishNext('root');
    await staged.refused('threshold-not-met', 'refresh');
    assert.deepEqual(await staged.versions(), { root: 3, snapshot: 2, targets: 1, timestamp: 3 });
  }
});

for (const [name, before] of [
  ['root', { root: 1 }],
  ['timestamp', { root: 2 }],
  ['snapshot', { root: 2, timestamp: 2 }],
  ['targets', { root: 2, timestamp: 2, snapshot: 2 }],
] as const) {
  test(`a ${name} role that nobody signed is refused, and what comes before it is taken`, async () => {
    await using staged = await StagedRepository.start();
    staged.repository.role(name).signedBy = [];
    await staged.publishNext('root', 'targets');
    await staged.refused('threshold-not-met', 'refresh');
    assert.deepEqual(await staged.versions(), before);
  });
}

/** The signatures of a metadata file, changed as text. */
function signatures(file: Uint8Array, change: (list: string) => string): string {
  const text = new TextDecoder().decode(file);
  const changed = text.replace(/"signatures":\[(.*?)\]/, (_, list) => `"signatures":[${change(list)}]`);
  assert.notEqual(changed, text);
  return changed;
}

test('one key does not meet a threshold of two, under whatever ids and however often it signs', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
  });
  const { root, snapshot } = staged.repository;
  // Keys and key ids of the snapshot role as the root states them.
  const id = /"keyids":\["(\w+)"\]/.exec(
    new TextDecoder().decode(await staged.repository.rootFile()).split('"snapshot"')[1] ?? '',
  )?.[1];
  const [second, third] = ['second', 'third'];
  snapshot.threshold = 2;
  root.forgery = (signed) => {
    const own = new RegExp(`"${id}":({[^{]*{[^}]*}[^}]*})`);
    return signed
      .replace(own, `$&,"${second}":$1,"${third}":$1`)
      .replaceAll(`["${id}"]`, `["${id}","${second}","${third}"]`);
  };
  await staged.publishNext('root');
  const file = await staged.repository.snapshotFile();
  const both = (list: string) => [list, list.replace(id ?? '', second), list.replace(id ?? '', third)].join(',');
  staged.serve('2.snapshot.json', signatures(file, both));
  await staged.refused('threshold-not-met', 'refresh');
  staged.serve(
    '2.snapshot.json',
    signatures(file, (list) => `${list},${list}`),
  );
  await staged.refused('malformed', 'refresh');
  assert.deepEqual(await staged.versions(), { root: 2, timestamp: 2 });
});

test('a key id that signs twice, or is listed twice, makes a file malformed, also where enough keys signed', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.stateHashes = false;
  });
  staged.serve(
    '1.snapshot.json',
    signatures(await staged.repository.snapshotFile(), (list) => `${list},${list}`),
  );
  await staged.refused('malformed', 'refresh');
  staged.repository.root.forgery = (signed) => signed.replaceAll(/\["(\w+)"\]/g, '["$1","$1"]');
  await staged.publishNext('root');
  await staged.refused('malformed', 'refresh');
  assert.deepEqual(await staged.versions(), { root: 1, timestamp: 1 });
});

test('thresholds that are no whole number from 1 on, and versions that are none, are malformed', async () => {
  for (const forgery of [
    ...['0', '-1', '"1"', 'true', 'null', '9007199254740993', '1e400'].map((n) => [
      '"threshold":1',
      `"threshold":${n}`,
    ]),
    ...['0', '-2', '"2"', '"2.0"', 'null', '9007199254740993'].map((n) => ['"version":2', `"version":${n}`]),
  ] as [string, string][]) {
    await using staged = await StagedRepository.start();
    const next = await (async () => {
      staged.repository.root.version = 2;
      return new TextDecoder().decode(await staged.repository.rootFile());
    })();
    assert.ok(next.includes(forgery[0]));
    staged.serve('2.root.json', next.replace(...forgery));
    await staged.refused('malformed', 'refresh');
    assert.deepEqual(await staged.versions(), { root: 1 });
  }
});

test('signatures that count for nothing do no harm where enough others count', async () => {
  await using staged = await StagedRepository.start((repository) => {
    repository.timestamp.signers = three.slice(0, 2);
  });
  const file = await staged.repository.timestampFile();
  for (const signature of ['', 'none', '00'.repeat(64), 'zz'.repeat(64), '0']) {
    staged.serve(
      'timestamp.json',
      signatures(file, (list) => list.replace(/"sig":"\w+"/, `"sig":"${signature}"`)),
    );
    await staged.accepted('refresh');
  }
});

for (const type of ['ecdsa-p256', 'rsa-pss'] as const) {
  test(`a key of type ${type} counts by its good signatures, and by no other`, async () => {
    await using staged = await StagedRepository.start();
    const { root } = staged.repository;
    Object.assign(root, { signers: [...root.signers, generatedSigner(type)], threshold: 2 });
    await staged.publishNext('root');
    await staged.accepted('refresh');
    root.version = 3;
    const good = new TextDecoder().decode(await staged.repository.rootFile());
    // A signature by the same key over something else.
    const old = JSON.parse(good).signatures[1].sig as string;
    root.expires += 1000;
    const next = new TextDecoder().decode(await staged.repository.rootFile());
    const { sig } = JSON.parse(next).signatures[1];
    staged.serve('3.root.json', next.replace(sig, old));
    await staged.refused('bad-signature', 'refresh');
    assert.equal((await staged.versions())['root'], 2);
    staged.serve('3.root.json', next);
    await staged.accepted('refresh');
  });
}
