/**
 * What publications before the newest one had, as far as their metadata still stands. It proves nothing of today: it tells files
 * of an earlier publication, which a mirror that lags still serves, from files that no publication ever had.
 */
import { VerificationError } from '../errors.ts';
import type { Verified } from '../verified.ts';
import { delegationOf, topLevelTargets } from './delegation.ts';
import { checkDigest } from './digests.ts';
import { readTufEnvelope } from './envelope.ts';
import { roleFileName } from './file-names.ts';
import type { MetaFile } from './meta-file.ts';
import { verifyRole } from './role.ts';
import { checkVersion } from './signed.ts';
import { parseSnapshot } from './snapshot.ts';
import type { TargetFile } from './target-file.ts';
import { parseTargets, type Targets } from './targets.ts';
import type { TrustedMetadata } from './trusted-metadata.ts';

/**
 * What an earlier snapshot named, signed by the keys that the role has now.
 *
 * @returns role file name → version and digest
 * @throws MalformedError
 * @throws VerificationError `bad-signature`, `threshold-not-met`, `length-mismatch`; `version-mismatch` for one that is not
 * earlier
 */
export function earlierSnapshot(trusted: TrustedMetadata, bytes: Uint8Array): ReadonlyMap<string, MetaFile> {
  const { env, root, snapshot } = trusted;
  const where = 'an earlier snapshot.json';
  const envelope = readTufEnvelope(bytes, env.limits.maxSnapshotLength, where, env);
  const { version, meta } = parseSnapshot(envelope.signed, where);
  verifyRole(where, root.roles.snapshot, root.keys, envelope, env.crypto, `${root.version}.root.json`);
  if (version < (snapshot?.version ?? 0)) return meta;
  throw new VerificationError('version-mismatch', `${where} is version ${version}, which is not earlier`);
}

/**
 * What an earlier version of a targets role listed, as an earlier snapshot names it and signed by the keys that the role has
 * now.
 *
 * @param meta what {@link earlierSnapshot} says of it
 * @param parent undefined for the top-level role
 * @throws MalformedError
 * @throws VerificationError `bad-signature`, `threshold-not-met`, `length-mismatch`, `hash-mismatch`, `version-mismatch`;
 * `missing` where the parent names no such role
 */
export function earlierTargets(
  { env, root }: TrustedMetadata,
  bytes: Uint8Array,
  meta: MetaFile,
  role: string,
  parent: Verified<Targets> | undefined,
): ReadonlyMap<string, TargetFile> {
  const { holder, keys, delegator } = parent === undefined ? topLevelTargets(root) : delegationOf(role, parent);
  const where = `an earlier ${roleFileName(role)}`;
  checkDigest(where, meta, bytes, env.crypto);
  const envelope = readTufEnvelope(bytes, env.limits.maxTargetsLength, where, env);
  const earlier = parseTargets(envelope.signed, role, where);
  verifyRole(where, holder, keys, envelope, env.crypto, delegator);
  checkVersion(earlier, meta.version, where);
  return earlier.targets;
}
