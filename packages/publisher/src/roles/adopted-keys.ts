/** Which of the private keys that somebody brings sign what in a chain that is adopted. */
import { type CctDelegation, StoreError, type TrustedCctChain, UsageError } from '@antivenom/core';
import { type RawKey, readRawKey } from '@antivenom/signers';
import type { AdoptedRole, ImportCctOptions, ImportCctResult } from '../operations.ts';
import { CHAIN_KEYS, type KeyedRole } from './role-plan.ts';

export interface AdoptedKeys extends Pick<ImportCctResult, 'adopted' | 'unusedKeys'> {
  readonly seeds: ReadonlyMap<KeyedRole, readonly Uint8Array[]>;
  /** Public keys in hex that sign records from now on. */
  readonly pkgMgr: ReadonlySet<string>;
}

const OUR_ROLE: Readonly<Record<AdoptedRole, KeyedRole>> = {
  root: CHAIN_KEYS.conda.root,
  key_mgr: CHAIN_KEYS.conda.keyMgr,
  pkg_mgr: CHAIN_KEYS.conda.pkgMgr,
};

/**
 * A key signs in each role that delegates to it.
 *
 * @throws UsageError `usage` for a file that is no private key, or one that was named for a role which is not its own
 * @throws StoreError `key-missing` where too few keys of pkg_mgr are among them
 */
export async function adoptKeys(
  rawKeys: ImportCctOptions['rawKeys'],
  { root, keyMgr }: TrustedCctChain,
): Promise<AdoptedKeys> {
  if (keyMgr === undefined) throw new UsageError('usage', 'keys are adopted once key_mgr is verified');
  const delegations = { root: root.root, key_mgr: root.keyMgr, pkg_mgr: keyMgr.pkgMgr };
  const roles = Object.keys(delegations) as AdoptedRole[];
  const found = new Map<AdoptedRole, Map<string, RawKey>>(roles.map((role) => [role, new Map()]));
  const unusedKeys: string[] = [];
  for (const { path, role } of rawKeys) {
    const key = await readRawKey(path);
    const signs = roles.filter((name) => delegations[name].keys.has(key.publicKey));
    if (role !== undefined && !signs.includes(role)) throw notOf(role, key);
    if (signs.length === 0) unusedKeys.push(path);
    for (const name of signs) found.get(name)?.set(key.publicKey, key);
  }
  const heldOf = (role: AdoptedRole): RawKey[] => [...(found.get(role)?.values() ?? [])];
  const counted = (role: AdoptedRole) => ({ keys: heldOf(role).length, threshold: delegations[role].threshold });
  requirePkgMgr(heldOf('pkg_mgr').length, delegations.pkg_mgr);
  const seeds = new Map<KeyedRole, readonly Uint8Array[]>();
  for (const role of roles) {
    const { keys, threshold } = counted(role);
    if (keys >= threshold)
      seeds.set(
        OUR_ROLE[role],
        heldOf(role).map(({ seed }) => seed),
      );
  }
  return {
    seeds,
    pkgMgr: new Set(found.get('pkg_mgr')?.keys()),
    adopted: { root: counted('root'), key_mgr: counted('key_mgr'), pkg_mgr: counted('pkg_mgr') },
    unusedKeys,
  };
}

function notOf(role: AdoptedRole, { path, publicKey }: RawKey): UsageError {
  return new UsageError(
    'usage',
    `${path} holds key ${publicKey.slice(0, 8)}…, which may not sign as ${role} in this chain`,
    {
      hint: 'Name the key file of that role, or let each be found by its public key: --raw-keys DIR.',
      details: { file: path, role, key: publicKey },
    },
  );
}

function requirePkgMgr(found: number, { keys, threshold }: CctDelegation): void {
  if (found >= threshold) return;
  const wanted = [...keys.keys()].map((key) => `${key.slice(0, 8)}…`).join(', ');
  throw new StoreError(
    'key-missing',
    `${found} of the ${threshold} keys that must sign records are among those given`,
    {
      hint: `Records are signed by ${threshold} of ${wanted}: name their files with --pkg-mgr-key, or their folder with --raw-keys.`,
      details: { role: 'pkg_mgr', found, threshold, keys: [...keys.keys()] },
    },
  );
}
