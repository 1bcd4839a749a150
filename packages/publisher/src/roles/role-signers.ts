/** Those of the keys at hand that a role names. */
import { bytesToHex, type CctDelegation, keyId, type Role, type Signer, StoreError } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';

/**
 * The signers of a TUF role.
 *
 * @throws StoreError `key-missing` where fewer are at hand than must sign.
 */
export function signersOf(name: string, role: Role, keys: RoleSigners): readonly Signer[] {
  const wanted = new Set(role.keyIds);
  const found = (keys.get(name) ?? []).filter(({ publicKey }) => wanted.has(keyId(publicKey, nodeCrypto)));
  requireThreshold(name, found.length, role.threshold);
  return found;
}

/** The same in a chain of record signatures, which names keys by their hex. */
export function cctSignersOf(
  name: string,
  { keys: named, threshold }: CctDelegation,
  keys: RoleSigners,
): readonly Signer[] {
  const found = held(name, named, keys);
  requireThreshold(name, found.length, threshold);
  return found;
}

/** Whether enough of the keys that are named are at hand. */
export function canSign(name: string, { keys: named, threshold }: CctDelegation, keys: RoleSigners): boolean {
  return held(name, named, keys).length >= threshold;
}

function held(name: string, named: CctDelegation['keys'], keys: RoleSigners): readonly Signer[] {
  return (keys.get(name) ?? []).filter(({ publicKey }) => named.has(bytesToHex(publicKey.bytes)));
}

function requireThreshold(name: string, found: number, threshold: number): void {
  if (found >= threshold) return;
  throw new StoreError(
    'key-missing',
    `${found} of the ${threshold} keys that must sign ${name} are in the key folder`,
    {
      hint: 'Name the key folder of this channel with --keys, or bring the missing files back.',
      details: { role: name, found, threshold },
    },
  );
}
