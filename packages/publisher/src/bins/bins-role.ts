/** The first version of the role that delegates to the hash bins. */
import { buildTargets, type HashBinsFields, type Signer, signTuf } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { SignedRole } from '../publication/edition.ts';
import { withLifetime } from '../roles/reissue.ts';
import { DAY_MS } from '../roles/role-plan.ts';
import { BINS } from './own-bins.ts';

/** @param days that it and its bins are good for */
export async function firstBinsRole(
  bins: HashBinsFields,
  days: number,
  signers: readonly Signer[],
  now: number,
): Promise<SignedRole> {
  const signed = buildTargets({ version: 1, expires: now + days * DAY_MS, targets: [], bins }, nodeCrypto);
  const bytes = await signTuf(withLifetime(signed, days), signers, nodeCrypto);
  return { role: BINS, version: 1, path: `tuf/1.${BINS}.json`, bytes };
}
