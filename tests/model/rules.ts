/**
 * What the specification, and the promises of docs/threat-model.md, allow a client to have done. Nothing here asks the product;
 * `metadata.ts` reads and verifies for itself.
 *
 * @see https://theupdateframework.github.io/specification/v1.0.34/#detailed-client-workflow
 */
import assert from 'node:assert/strict';
import { ContentTrustError } from '@antivenom/core';
import { EVIL, type Stolen } from './attackers.ts';
import type { Memory, Outcome } from './follower.ts';
import {
  expires,
  isSignedBy,
  keysOf,
  LOWER_ROLES,
  type LowerRole,
  type Metadata,
  sameBytes,
  sha256,
  version,
} from './metadata.ts';
import { type Owner, TARGET } from './owner.ts';
import { assertWhole, type Kept, type Publication } from './publication.ts';

export interface Refresh {
  readonly before: Memory;
  readonly after: Memory;
  readonly outcome: Outcome;
  /** The roles that the client reads. */
  readonly reads: readonly LowerRole[];
  /** SHA-256, hex, of what it was told before that the channel took back. */
  readonly seenYanks: ReadonlySet<string>;
  /** What came when it asked for the root of a version. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** ms since the epoch: the client's clock, moved on to the last acceptance where it was set back. */
  readonly now: number;
}

/** Whatever a server answered. */
export function assertAllowed(refresh: Refresh, owner: Owner, stolen: Stolen): void {
  const { before, after, outcome, now, seenYanks } = refresh;
  const isAccepted = !(outcome instanceof ContentTrustError);
  assertRoots(refresh, owner);
  assertNothingFell(before, after, owner);
  for (const role of LOWER_ROLES) {
    const [old, kept] = [before.roles.get(role), after.roles.get(role)];
    if (kept === undefined || sameBytes(old?.bytes, kept.bytes)) continue;
    assertAcceptable(role, kept, after, now);
    assertProvenance(role, kept, after, owner, stolen);
  }
  assert.ok(after.acceptedAt >= before.acceptedAt, 'the time of the last acceptance was set back');
  if (!isAccepted) {
    assert.notEqual(outcome.code, 'store-corrupt', outcome.message);
    assert.notEqual(outcome.code, 'usage', outcome.message);
    return;
  }
  const all = publicationOf(refresh);
  assertWhole(all);
  // 5.3.10, 5.4.4, 5.5.6, 5.6.5
  for (const [role, metadata] of Object.entries(all)) assert.ok(expires(metadata) > now, `${role} has expired`);
  assert.equal(after.acceptedAt, now);
  // 5.7.3
  const { bytes, yanked } = outcome;
  const { hashes, length } = all.index.signed.targets[TARGET];
  assert.deepEqual([sha256(bytes), bytes.length], [hashes.sha256, length]);
  if (owner.hasPublished(all.index.bytes)) assert.ok(owner.hasPublished(bytes), 'the owner lists it');
  else assert.ok(sameBytes(bytes, EVIL));
  // A thief of the role yank cannot make it forget, only the offline keys can.
  if (yanked === undefined) return;
  for (const file of seenYanks) assert.ok(yanked.has(file) || owner.givenBack.has(file), 'a yank was forgotten');
}

/** Only the owner makes roots: no offline key is ever stolen here. */
function assertRoots({ before, after, roots }: Refresh, owner: Owner): void {
  const [from, to] = [version(before.root), version(after.root)];
  assert.ok(sameBytes(after.root.bytes, owner.root(to).bytes), 'the root is not the owner’s');
  // 5.3.5
  assert.ok(to >= from, 'the root fell');
  for (let at = from + 1; at <= to; at++) {
    assert.ok(sameBytes(roots.get(at), owner.root(at).bytes), `root ${at} was left out on the way to ${to}`);
  }
}

function assertNothingFell(before: Memory, after: Memory, owner: Owner): void {
  // 5.3.11: what a thief of the old keys made of the versions is forgotten.
  if (owner.haveOnlineKeysChanged(version(before.root), version(after.root))) return;
  const timestamps = [before, after].map(({ roles }) => roles.get('timestamp'));
  const [timestamp, nextTimestamp] = timestamps;
  if (timestamp !== undefined) {
    assert.ok(nextTimestamp, 'the timestamp was forgotten');
    // 5.4.3.1
    assert.ok(version(nextTimestamp) >= version(timestamp), 'the timestamp fell');
    if (version(nextTimestamp) === version(timestamp)) {
      assert.ok(sameBytes(timestamp.bytes, nextTimestamp.bytes), 'another timestamp of the same version was taken');
    }
    // 5.4.3.2
    assert.ok(listed(nextTimestamp, 'snapshot') >= listed(timestamp, 'snapshot'), 'the snapshot in the timestamp fell');
  }
  const [snapshot, nextSnapshot] = [before, after].map(({ roles }) => roles.get('snapshot'));
  if (snapshot === undefined) return;
  assert.ok(nextSnapshot, 'the snapshot was forgotten');
  assert.ok(version(nextSnapshot) >= version(snapshot), 'the snapshot fell');
  // 5.5.5
  for (const name of Object.keys(snapshot.signed.meta)) {
    const role = name.replace('.json', '');
    assert.ok(listed(nextSnapshot, role) >= listed(snapshot, role), `${name} fell in the snapshot`);
  }
}

/** What was taken anew is signed by a threshold of the keys of the root that stands beside it, and unexpired. */
function assertAcceptable(role: LowerRole, metadata: Metadata, { root, roles }: Memory, now: number): void {
  const keys = keysOf(role, { root, targets: roles.get('targets') });
  assert.ok(isSignedBy(metadata, keys), `${role}: too few of its keys signed`);
  assert.ok(expires(metadata) > now, `${role} had expired`);
}

/** A thief speaks for the roles of his keys alone, and as long as they are those of the role. */
function assertProvenance(
  role: LowerRole,
  metadata: Metadata,
  { root, roles }: Memory,
  owner: Owner,
  stolen: Stolen,
): void {
  if (owner.hasPublished(metadata.bytes)) return;
  const { keys, threshold } = keysOf(role, { root, targets: roles.get('targets') });
  const usable = [...stolen.of(role).keys()].filter((key) => keys.has(key));
  assert.ok(
    usable.length >= threshold,
    `${role} was never published, and ${usable.length} of ${threshold} keys are stolen`,
  );
}

/**
 * What comes of asking an honest server: the newest publication, or the code of the refusal; `either` where a thief's timestamp
 * of the very same version was accepted before, which stays (5.4.3.1).
 */
export function expectedOf(
  { before, reads, now }: Refresh,
  owner: Owner,
): 'accepted' | 'either' | 'expired' | 'rollback' {
  const { newest } = owner;
  const isExpired = (...roles: readonly (keyof Publication)[]) => roles.some((role) => expires(newest[role]) <= now);
  const isForgotten = owner.haveOnlineKeysChanged(version(before.root), version(newest.root));
  const known = (role: LowerRole) => (isForgotten ? undefined : before.roles.get(role));
  if (isExpired('root')) return 'expired';
  const timestamp = known('timestamp');
  if (timestamp !== undefined) {
    if (version(timestamp) > version(newest.timestamp)) return 'rollback';
    if (listed(timestamp, 'snapshot') > version(newest.snapshot)) return 'rollback';
    const isSame = version(timestamp) === version(newest.timestamp);
    if (isSame && !sameBytes(timestamp.bytes, newest.timestamp.bytes)) return 'either';
  }
  if (isExpired('timestamp')) return 'expired';
  const snapshot = known('snapshot');
  for (const name of Object.keys(snapshot?.signed.meta ?? {})) {
    const role = name.replace('.json', '');
    if (snapshot !== undefined && listed(newest.snapshot, role) < listed(snapshot, role)) return 'rollback';
  }
  return isExpired('snapshot', ...reads) ? 'expired' : 'accepted';
}

/** Nobody stands between the client and the newest publication. */
export function assertHonestOutcome(refresh: Refresh, owner: Owner, stolen: Stolen): void {
  const { outcome } = refresh;
  const expected = expectedOf(refresh, owner);
  if (expected === 'either') return;
  const told = outcome instanceof ContentTrustError ? outcome.code : 'accepted';
  assert.equal(told, expected, outcome instanceof ContentTrustError ? outcome.message : 'it was accepted');
  if (outcome instanceof ContentTrustError) return;
  for (const [role, metadata] of Object.entries(publicationOf(refresh))) {
    assert.ok(sameBytes(metadata.bytes, owner.newest[role as keyof Publication].bytes), `${role} is not the newest`);
  }
  // Whom no thief told of others knows what the owner took back, and nothing else.
  if (outcome.yanked === undefined || stolen.of('yank').size > 0) return;
  assert.deepEqual([...outcome.yanked].sort(), [...owner.yanked.values()].sort());
}

function publicationOf({ after: { root, roles }, reads }: Refresh): Kept {
  const lower = reads.map((role) => {
    const metadata = roles.get(role);
    assert.ok(metadata, `${role} was accepted and is not kept`);
    return [role, metadata] as const;
  });
  return { root, ...(Object.fromEntries(lower) as Record<LowerRole, Metadata>) };
}

/** The version of a role that a timestamp or snapshot states; 0: none. */
function listed({ signed }: Metadata, role: string): number {
  return signed.meta[`${role}.json`]?.version ?? 0;
}
