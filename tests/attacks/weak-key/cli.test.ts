/** Keys that verify anything, and signatures that anybody can make of a good one: neither ever counts. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ChannelOwner, editIndex, KeyThief, type Signed, StagedChannel } from '@antivenom/testkit';

/** The order of the base point, RFC 8032. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Points of small order, and encodings of them that are not canonical. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];
/** R is the identity and S is zero: under a key of small order it fits one message of a few, or all. */
const EMPTY_SIGNATURE = `${SMALL_ORDER[0]}${'0'.repeat(64)}`;

const owner = await ChannelOwner.make();
const thief = await KeyThief.of(owner);
after(() => owner.remove());

/** The same signature with S + L in place of S: a lax verifier takes both. */
function malleated(signature: string): string {
  const s = BigInt(`0x${Buffer.from(signature.slice(64), 'hex').reverse().toString('hex')}`) + L;
  const bytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return signature.slice(0, 64) + bytes.toString('hex');
}

test('does not add a root whose keys are of small order', async () => {
  const { signed } = JSON.parse(String(await readFile(join(owner.folder, 'tuf/1.root.json'))));
  for (const point of SMALL_ORDER) {
    await using channel = await StagedChannel.of(owner, { trust: 'nothing' });
    const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: point } };
    const root = { ...signed, keys: { ...signed.keys, weak: key } };
    root.roles = { ...root.roles, root: { keyids: ['weak'], threshold: 1 } };
    const file = join(channel.folder, '../weak.root.json');
    await writeFile(file, JSON.stringify({ signatures: [{ keyid: 'weak', sig: EMPTY_SIGNATURE }], signed: root }));
    const code = ['threshold-not-met', 'bad-signature', 'malformed'];
    await channel.refused({ status: 1, code, names: /root/ }, 'trust', 'add', channel.url, '--root', file);
  }
});

test('does not count the signature of a timestamp that somebody made of a good one', async () => {
  await using channel = await StagedChannel.of(owner);
  await channel.edit('tuf/timestamp.json', (bytes) =>
    String(bytes).replace(/"sig":"([0-9a-f]{128})"/, (_, sig) => `"sig":"${malleated(sig)}"`),
  );
  const { status, document } = await channel.verify();
  assert.equal(status, 1, JSON.stringify(document));
  assert.ok(['bad-signature', 'threshold-not-met', 'malformed'].includes(document.code), document.code);
  await channel.serve(owner.folder);
  await channel.accept('verify', 'channel', channel.url);
});

test('does not count such signatures of roots and of key_mgr', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  await channel.edit('cct/key_mgr.json', (bytes) =>
    String(bytes).replace(/"signature": "([0-9a-f]{128})"/g, (_, sig) => `"signature": "${malleated(sig)}"`),
  );
  const code = ['bad-signature', 'threshold-not-met', 'malformed'];
  await channel.refused({ status: 1, code, names: /key_mgr/ }, 'verify', 'channel', channel.url);
});

test('does not count such signatures of records, nor signatures by keys of small order', async () => {
  const trust = (url: string) => ['--root', join(owner.folder, 'cct/1.root.json'), '--metadata', `${url}/cct`];
  await using channel = await StagedChannel.of(owner, { trust });
  await editIndex(channel.folder, 'linux-64', ({ signatures }) => {
    for (const entry of Object.values<Signed>(signatures)) {
      for (const one of Object.values<Signed>(entry)) one.signature = malleated(one.signature);
    }
  });
  const told = await channel.verify();
  assert.equal(told.status, 1, told.stdout);
  assert.equal(told.document.records.refused, 3, told.stdout);

  for (const point of SMALL_ORDER) {
    await channel.serve(owner.folder);
    await editIndex(channel.folder, 'linux-64', ({ signatures }) => {
      for (const file of Object.keys(signatures)) signatures[file] = { [point]: { signature: EMPTY_SIGNATURE } };
    });
    // Delegated by the key_mgr's own keys, so that the weakness of the key alone is in the way.
    await thief.resignKeyMgr(channel.folder, (signed) => {
      signed.version = 2;
      signed.delegations.pkg_mgr = { pubkeys: [point], threshold: 1 };
    });
    const { status, document } = await channel.verify();
    assert.equal(status, 1, JSON.stringify(document));
  }
});
