import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner } from '@antivenom/testkit';
import { buildTargets, type HashBinsFields } from './build.ts';
import { binName, binNumber, binOfDigest, binOfPath } from './hash-bins.ts';
import { parseTargets } from './targets.ts';
import { keyId } from './tuf-key.ts';

const KEY = seededSigner('bins').publicKey;

function built(bitLength: number) {
  const bins: HashBinsFields = { keys: [KEY], threshold: 1, bitLength, namePrefix: 'bin' };
  const raw = buildTargets({ version: 3, expires: 0, targets: [], bins }, nodeCrypto);
  return parseTargets(raw, 'bins', 'bins.json').delegations;
}

test('a role that is built with hash bins is read with the same ones', () => {
  const delegations = built(14);
  assert.deepEqual(delegations?.bins, {
    keyIds: [keyId(KEY, nodeCrypto)],
    threshold: 1,
    namePrefix: 'bin',
    bitLength: 14,
  });
  assert.equal(delegations?.keys.get(keyId(KEY, nodeCrypto))?.publicKey?.material, KEY.material);
  assert.equal(delegations?.role('bin-3fff')?.name, 'bin-3fff');
  assert.equal(delegations?.role('bin-4000'), undefined);
});

test('a path is looked for in the bin of its number, and in no other', () => {
  for (const bitLength of [1, 8, 14, 32]) {
    const binning = { namePrefix: 'bin', bitLength };
    for (const path of ['noarch/a-1-0.conda', 'linux-64/b-1-0.tar.bz2']) {
      const names = [...(built(bitLength)?.rolesFor(path, nodeCrypto) ?? [])].map(({ name }) => name);
      assert.deepEqual(names, [binName(binOfPath(path, binning, nodeCrypto), binning)]);
    }
  }
});

test('the number of a bin is the first bits of the hash', () => {
  const digest = Uint8Array.of(0xab, 0xcd, 0xef, 0x01, 0xff);
  const numbers = [1, 4, 8, 12, 14, 31, 32].map((bits) => binOfDigest(digest, bits));
  assert.deepEqual(numbers, [1, 0xa, 0xab, 0xabc, 0x2af3, 0x55e6f780, 0xabcdef01]);
});

test('names of bins have as many digits as the last one', () => {
  assert.equal(binName(0, { namePrefix: 'bin', bitLength: 1 }), 'bin-0');
  assert.equal(binName(10, { namePrefix: 'bin', bitLength: 5 }), 'bin-0a');
  assert.equal(binName(0, { namePrefix: 'bin', bitLength: 32 }), 'bin-00000000');
  const binning = { namePrefix: 'bin', bitLength: 5 };
  assert.equal(binNumber('bin-0a', binning), 10);
  for (const name of ['bin-a', 'bin-0A', 'bin-20', 'bin-', 'bin0a', 'bun-0a', 'bin-0a ', 'bin--5', '']) {
    assert.equal(binNumber(name, binning), undefined, name);
  }
});
