/** All metadata of a channel at one time. */
import assert from 'node:assert/strict';
import {
  DELEGATED,
  isSignedBy,
  type Keys,
  keysOf,
  type Metadata,
  ROLES,
  type RoleName,
  sha256,
  version,
} from './metadata.ts';

/** In the snapshot. */
export const LISTED = ['targets', ...DELEGATED] as const;

export type Publication = Readonly<Record<RoleName, Metadata>>;

/** Who signs each role, by what delegates to it. */
export function allKeys(publication: Publication): ReadonlyMap<RoleName, Keys> {
  return new Map(ROLES.map((role) => [role, keysOf(role, publication)]));
}

/** Each role is signed by those whom the publication names, and is the one that the role above lists. */
export function assertWhole(publication: Publication): void {
  const { snapshot, timestamp } = publication;
  for (const [role, keys] of allKeys(publication)) {
    assert.ok(isSignedBy(publication[role], keys), `${role} is not signed by its keys`);
  }
  for (const [lister, role] of [[timestamp, 'snapshot'], ...LISTED.map((role) => [snapshot, role] as const)] as const) {
    const { version: stated, hashes } = lister.signed.meta[`${role}.json`];
    assert.deepEqual([stated, hashes.sha256], [version(publication[role]), sha256(publication[role].bytes)], role);
  }
}
