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

/** What a client keeps of one: some read no list of what was taken back. */
export type Kept = Omit<Publication, 'yank'> & Partial<Pick<Publication, 'yank'>>;

/** Who signs each role, by what delegates to it. */
export function allKeys(publication: Kept): ReadonlyMap<RoleName, Keys> {
  return new Map(ROLES.map((role) => [role, keysOf(role, publication)]));
}

/** What is there is signed by those whom the publication names, and is what the role above lists. */
export function assertWhole(publication: Kept): void {
  const { snapshot, timestamp } = publication;
  for (const [role, keys] of allKeys(publication)) {
    const metadata = publication[role];
    assert.ok(metadata === undefined || isSignedBy(metadata, keys), `${role} is not signed by its keys`);
  }
  for (const [lister, role] of [[timestamp, 'snapshot'], ...LISTED.map((role) => [snapshot, role] as const)] as const) {
    const listed = publication[role];
    if (listed === undefined) continue;
    const { version: stated, hashes } = lister.signed.meta[`${role}.json`];
    assert.deepEqual([stated, hashes.sha256], [version(listed), sha256(listed.bytes)], role);
  }
}
