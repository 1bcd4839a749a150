/** Fewer keys that pass for more: one key under two ids, a signature twice, thresholds that are none. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bytesToHex, type Signer } from '@antivenom/core';
import {
  ChannelOwner,
  forgedRoot,
  KeyThief,
  type Signed,
  StagedChannel,
  seededSigner,
  tufKeyOf,
} from '@antivenom/testkit';

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

const [stolen, ...others] = thief.keysOf('root') as [Signer, ...Signer[]];
const evil = seededSigner('threshold cheat');

/** A root 2 that the thief of one root key made, its envelope changed after that. */
async function rootWith(change: (envelope: Signed) => void): Promise<string> {
  const bytes = await forgedRoot(owner.folder, { keys: [evil, stolen], signers: [stolen, evil] });
  const envelope = JSON.parse(Buffer.from(bytes).toString());
  change(envelope);
  return JSON.stringify(envelope);
}

const ENVELOPES: Readonly<Record<string, (envelope: Signed) => void>> = {
  'one stolen key where two are asked for': () => {},
  'the one signature twice': ({ signatures }) => signatures.push(signatures[0]),
  'the one signature under the ids of other root keys': ({ signatures, signed }) => {
    const root = signed.roles.targets.keyids;
    signatures.push(...root.map((keyid: string) => ({ ...signatures[0], keyid })));
  },
};

for (const [what, change] of Object.entries(ENVELOPES)) {
  test(`refuses a root with ${what}`, async () => {
    await using channel = await StagedChannel.of(owner, { seen: true });
    await writeFile(join(channel.folder, 'tuf/2.root.json'), await rootWith(change));
    const code = ['threshold-not-met', 'bad-signature', 'malformed'];
    await channel.refused({ status: 1, code, names: /root/ }, 'verify', 'channel', channel.url);
  });
}

test('a root whose threshold is met by one key under two ids is not added, nor followed', async () => {
  const bytes = await forgedRoot(owner.folder, { keys: [evil], signers: [evil], version: 1 });
  const envelope = JSON.parse(Buffer.from(bytes).toString());
  const twin = 'f'.repeat(64);
  envelope.signed.keys[twin] = tufKeyOf(evil.publicKey);
  envelope.signed.roles.root.keyids.push(twin);
  await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
  const resigned = async (signed: Signed, keys: readonly Signer[]) => {
    const { signatures } = JSON.parse(Buffer.from(await thief.signWith(signed, keys)).toString());
    const [first] = signatures;
    return JSON.stringify({ signatures: [...signatures, { ...first, keyid: twin }], signed });
  };
  const file = join(channel.folder, '../evil.root.json');
  await writeFile(file, await resigned(envelope.signed, [evil]));
  const code = ['threshold-not-met', 'malformed'];
  await channel.refused({ status: 1, code, names: /root/ }, 'trust', 'add', channel.url, '--root', file);

  await channel.accept('trust', 'add', channel.url, '--fingerprint', owner.rootFingerprint);
  envelope.signed.version = 2;
  await writeFile(join(channel.folder, 'tuf/2.root.json'), await resigned(envelope.signed, [evil, stolen, ...others]));
  await channel.refused({ status: 1, code, names: /root/ }, 'verify', 'channel', channel.url);
});

test('refuses thresholds that are none, though the owner’s keys signed them', async () => {
  await using channel = await StagedChannel.of(owner, { seen: true });
  const keys = [stolen, ...others];
  const bytes = await forgedRoot(owner.folder, { keys, signers: keys, threshold: 1234 });
  const signed = JSON.stringify(JSON.parse(Buffer.from(bytes).toString()).signed);
  for (const threshold of ['0', '-1', '9007199254740993', '"1"', 'null', 'true', '[1]', '4']) {
    const text = signed.replace('"threshold":1234', `"threshold":${threshold}`);
    await writeFile(join(channel.folder, 'tuf/2.root.json'), await thief.signWith(text, keys));
    const code = ['malformed', 'threshold-not-met'];
    await channel.refused({ status: 1, code, names: /root/ }, 'verify', 'channel', channel.url);
  }
});

test('refuses a delegation to the index that one key under two ids meets, or that asks for none', async () => {
  const [indexKey] = thief.keysOf('index') as [Signer];
  const cheats: readonly [what: string, forge: (signed: Signed) => void][] = [
    ['threshold 0', (signed) => Object.assign(signed.delegations.roles[0], { threshold: 0 })],
    ['threshold -1', (signed) => Object.assign(signed.delegations.roles[0], { threshold: -1 })],
    [
      'one key twice',
      (signed) => {
        const [role] = signed.delegations.roles;
        signed.delegations.keys['e'.repeat(64)] = tufKeyOf(indexKey.publicKey);
        role.keyids.push('e'.repeat(64));
        role.threshold = 2;
      },
    ],
    ['the same id twice', (signed) => Object.assign(signed.delegations.roles[0], twice(signed))],
  ];
  for (const [what, forge] of cheats) {
    await using channel = await StagedChannel.of(owner);
    await thief.republish(channel.folder, { targets: forge });
    const { status, document } = await channel.verify();
    assert.equal(status, 1, `${what}: ${JSON.stringify(document)}`);
    assert.ok(['malformed', 'threshold-not-met'].includes(document.code), `${what}: ${JSON.stringify(document)}`);
  }
  function twice(signed: Signed): Signed {
    const [{ keyids }] = signed.delegations.roles;
    return { keyids: [...keyids, ...keyids], threshold: 2 };
  }
});

test('refuses a key_mgr of conda-content-trust whose thresholds are none, or count a key twice', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  const cheats: readonly [what: string, forge: (signed: Signed) => unknown][] = [
    ['threshold 0', (signed) => Object.assign(signed.delegations.pkg_mgr, { threshold: 0 })],
    ['threshold -1', (signed) => Object.assign(signed.delegations.pkg_mgr, { threshold: -1 })],
    ['no keys', (signed) => Object.assign(signed.delegations.pkg_mgr, { pubkeys: [], threshold: 0 })],
    [
      'one key twice',
      (signed) => {
        const { pkg_mgr } = signed.delegations;
        pkg_mgr.pubkeys.push(pkg_mgr.pubkeys[0].toUpperCase());
        pkg_mgr.threshold = 2;
      },
    ],
    ['2^53+1', (signed) => JSON.stringify(signed).replace('"threshold":1', '"threshold":9007199254740993')],
  ];
  for (const [what, forge] of cheats) {
    await channel.serve(owner.folder);
    await thief.resignKeyMgr(channel.folder, forge);
    const { status, document } = await channel.verify();
    assert.equal(status, 1, `${what}: ${JSON.stringify(document)}`);
    assert.ok(['malformed', 'threshold-not-met'].includes(document.code), `${what}: ${JSON.stringify(document)}`);
  }
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});

test('refuses a key_mgr that one of its keys signed where two are asked for, however often it stands there', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  const [first] = thief.keysOf('key_mgr').map(({ publicKey }) => bytesToHex(publicKey.bytes)) as [string];
  await channel.edit('cct/key_mgr.json', (bytes) => {
    const envelope = JSON.parse(String(bytes));
    const kept = envelope.signatures[first];
    envelope.signatures = { [first]: kept };
    return JSON.stringify(envelope);
  });
  await channel.refused({ status: 1, code: 'threshold-not-met', names: /key_mgr/ }, 'verify', 'channel', channel.url);
  await channel.edit('cct/key_mgr.json', (bytes) =>
    String(bytes).replace(/"signatures":\{("[0-9a-f]{64}":\{[^}]*\})\}/, '"signatures":{$1,$1}'),
  );
  await channel.refused({ status: 1, code: 'malformed', names: /key_mgr/ }, 'verify', 'channel', channel.url);
});
