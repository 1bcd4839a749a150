/** Those of the keys at hand that a role names. */
import {
  bytesToHex,
  type CctDelegation,
  keyId,
  type Role,
  type RoleKeys,
  type Signer,
  StoreError,
} from '@antivenom/core';
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

/** Those of the keys at hand that a delegation names. */
export function heldOf(name: string, { keys: named }: RoleKeys, keys: RoleSigners): readonly Signer[] {
  const wanted = new Set(named.map(({ material }) => material));
  return (keys.get(name) ?? []).filter(({ publicKey }) => wanted.has(publicKey.material));
}

/** @throws StoreError `key-missing` where they are fewer than must sign */
export function requireHeld(name: string, delegation: RoleKeys, keys: RoleSigners): readonly Signer[] {
  const found = heldOf(name, delegation, keys);
  requireThreshold(name, found.length, delegation.threshold);
  return found;
}

/** Those who sign by the new delegation, and by the old one too where its keys are at hand. */
export function handOver(name: string, before: RoleKeys, after: RoleKeys, keys: RoleSigners): readonly Signer[] {
  const next = requireHeld(name, after, keys);
  if (before === after) return next;
  const old = heldOf(name, before, keys);
  const stay = old.filter(({ publicKey }) => next.some((signer) => signer.publicKey.material === publicKey.material));
  // Keys that are given up sign only where the others cannot do without.
  return stay.length >= before.threshold ? next : distinct([...next, ...old]);
}

function distinct(signers: readonly Signer[]): Signer[] {
  return [...new Map(signers.map((signer) => [signer.publicKey.material, signer])).values()];
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
