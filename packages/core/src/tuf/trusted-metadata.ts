/**
 * The client workflow of TUF as a state machine: bytes in, verified metadata out, no I/O.
 *
 * - Every file is read, checked against what was accepted before it, and only then kept; a call that throws makes
 *   nothing readable here.
 * - The order of calls is the order of the specification; another order is a `usage` error.
 * - The time is fixed once, by `env.now`.
 *
 * A refresh, with `fetch` and `stored` those of the caller:
 *
 * ```ts
 * const trusted = TrustedMetadata.fromRoot(stored('root.json'), env);
 * for (let next; (next = fetch(`${trusted.root.version + 1}.root.json`)); ) {
 *   trusted.updateRoot(next);          // keep it; trusted.keysRotated: delete the stored timestamp and snapshot first
 * }
 * trusted.finishRoots();
 * trusted.updateTimestamp(stored('timestamp.json'));   // each stored file may be missing or refused: fetch then
 * trusted.updateTimestamp(fetch('timestamp.json'));
 * trusted.updateSnapshot(stored('snapshot.json'), { trusted: true });
 * trusted.updateSnapshot(fetch('snapshot.json'), { trusted: false });
 * trusted.updateTargets(fetch('targets.json'));
 * // then findTarget(trusted, path)
 * ```
 *
 * @see https://theupdateframework.github.io/specification/v1.0.34/#detailed-client-workflow
 */
import { UsageError, VerificationError } from '../errors.ts';
import { checkExpiry, rollback } from '../freshness.ts';
import { mintVerified, type Verified } from '../verified.ts';
import { type Delegation, delegationOf, topLevelTargets } from './delegation.ts';
import { checkDigest } from './digests.ts';
import { readTufEnvelope, type TufEnvelope } from './envelope.ts';
import { roleFileName } from './file-names.ts';
import type { TufEnv } from './limits.ts';
import type { MetaFile } from './meta-file.ts';
import { verifyRole } from './role.ts';
import { keysRotated, parseRoot, type Root } from './root.ts';
import { checkVersion } from './signed.ts';
import { checkSnapshotFollows, parseSnapshot, type Snapshot } from './snapshot.ts';
import { parseTargets, type Targets } from './targets.ts';
import { parseTimestampRole, type Timestamp } from './timestamp.ts';

export class TrustedMetadata {
  readonly env: TufEnv;
  #root: Verified<Root>;
  #rootsFinished = false;
  #keysRotated = false;
  // What was once accepted guards against rollback even when it cannot be used any more; only the other is readable.
  #knownTimestamp: Verified<Timestamp> | undefined;
  #timestamp: Verified<Timestamp> | undefined;
  #knownSnapshot: Verified<Snapshot> | undefined;
  #snapshot: Verified<Snapshot> | undefined;
  // By the very object that delegates: the same name under another parent may be held to other keys.
  readonly #targets = new Map<Verified<Root> | Verified<Targets>, Map<string, Verified<Targets>>>();

  private constructor(root: Verified<Root>, env: TufEnv) {
    this.#root = root;
    this.env = env;
  }

  /**
   * Starts from the root that the caller trusts: it must be well formed and signed by its own keys; it may be expired.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`, `length-mismatch`
   */
  static fromRoot(bytes: Uint8Array, env: TufEnv): TrustedMetadata {
    const where = 'the trusted root';
    const envelope = readTufEnvelope(bytes, env.limits.maxRootLength, where, env);
    const root = parseRoot(envelope.signed, where);
    verifyRole(where, root.roles.root, root.keys, envelope, env.crypto, 'the file itself');
    return new TrustedMetadata(mintVerified(root), env);
  }

  get root(): Verified<Root> {
    return this.#root;
  }

  get consistentSnapshot(): boolean {
    return this.#root.consistentSnapshot;
  }

  /**
   * Whether any root taken since the first changed the timestamp or snapshot keys. The caller must then delete its stored
   * timestamp and snapshot, before it stores the new root: a crash in between must not leave both.
   */
  get keysRotated(): boolean {
    return this.#keysRotated;
  }

  /** The timestamp that is in force: unexpired, and never an older one than known. */
  get timestamp(): Verified<Timestamp> | undefined {
    return this.#timestamp;
  }

  /** The snapshot that the timestamp names: unexpired. */
  get snapshot(): Verified<Snapshot> | undefined {
    return this.#snapshot;
  }

  /** The top-level targets role. */
  get targets(): Verified<Targets> | undefined {
    return this.delegatedTargets('targets', this.#root);
  }

  /** A targets role as this very parent delegates it. */
  delegatedTargets(role: string, parent: Verified<Root> | Verified<Targets>): Verified<Targets> | undefined {
    return this.#targets.get(parent)?.get(role);
  }

  /**
   * Takes the next root, which may be expired: only the last one's expiry counts.
   *
   * @param where what messages call it
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`, `version-mismatch`, `length-mismatch`
   * @throws FreshnessError `rollback`
   */
  updateRoot(bytes: Uint8Array, where = `${this.#root.version + 1}.root.json`): void {
    if (this.#rootsFinished) throw outOfOrder('a root comes before finishRoots()');
    const { crypto, limits } = this.env;
    const expected = this.#root.version + 1;
    // 5.3.3: no more than the limit is read.
    const envelope = readTufEnvelope(bytes, limits.maxRootLength, where, this.env);
    const next = parseRoot(envelope.signed, where);
    // 5.3.4: by a threshold of the trusted root's keys, and by a threshold of its own.
    verifyRole(where, this.#root.roles.root, this.#root.keys, envelope, crypto, `${this.#root.version}.root.json`);
    verifyRole(where, next.roles.root, next.keys, envelope, crypto, 'the file itself');
    // 5.3.5: exactly the next version.
    if (next.version < this.#root.version) {
      throw rollback(where, `${where} is version ${next.version}; version ${this.#root.version} is trusted already`);
    }
    checkVersion(next, expected, where);
    // 5.3.7: it is the trusted root from now on.
    this.#keysRotated ||= keysRotated(this.#root, next);
    this.#root = mintVerified(next);
  }

  /**
   * Ends the walk along the roots.
   *
   * @throws FreshnessError `expired`
   */
  finishRoots(): void {
    // 5.3.10
    checkExpiry(this.#root, `${this.#root.version}.root.json`, this.env.now);
    this.#rootsFinished = true;
  }

  /**
   * Takes a timestamp: the stored one first, if there is one, then the fetched one. One that is refused as expired still
   * guards against older ones. One of the version known already is dropped in favour of the known one.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`, `length-mismatch`
   * @throws FreshnessError `rollback`, `expired`
   */
  updateTimestamp(bytes: Uint8Array): void {
    if (!this.#rootsFinished) throw outOfOrder('finishRoots() comes before the timestamp');
    if (this.#snapshot !== undefined) throw outOfOrder('the timestamp comes before the snapshot');
    const where = 'timestamp.json';
    const envelope = readTufEnvelope(bytes, this.env.limits.maxTimestampLength, where, this.env);
    const next = parseTimestampRole(envelope.signed, where);
    // 5.4.2
    this.#verifyTopLevel(where, 'timestamp', envelope);
    const known = this.#knownTimestamp;
    // 5.4.3.1: the version may repeat, never fall.
    if (known !== undefined && next.version < known.version) {
      throw rollback(where, `${where} is version ${next.version}; version ${known.version} was accepted before`);
    }
    // 5.4.3.2: nor may the version of the snapshot it names.
    if (known !== undefined && next.snapshotMeta.version < known.snapshotMeta.version) {
      const [now, before] = [next.snapshotMeta.version, known.snapshotMeta.version];
      throw rollback(where, `${where} names version ${now} of the snapshot; version ${before} was accepted before`);
    }
    const newest = known?.version === next.version ? known : mintVerified(next);
    this.#knownTimestamp = newest;
    this.#timestamp = undefined;
    // 5.4.4
    checkExpiry(newest, where, this.env.now);
    this.#timestamp = newest;
  }

  /**
   * Takes the snapshot that the timestamp names.
   *
   * @param from `trusted` says that the bytes are the caller's stored ones, accepted once: they guard against older ones
   * even when they are refused because they are no longer those that the timestamp names, or expired.
   * @throws MalformedError
   * @throws VerificationError `length-mismatch`, `hash-mismatch`, `bad-signature`, `threshold-not-met`, `version-mismatch`
   * @throws FreshnessError `rollback`, `expired`
   */
  updateSnapshot(bytes: Uint8Array, from: { readonly trusted: boolean }): void {
    if (this.#timestamp === undefined) throw outOfOrder('the timestamp comes before the snapshot');
    if (this.targets !== undefined) throw outOfOrder('the snapshot comes before the targets');
    const where = 'snapshot.json';
    const meta = this.#timestamp.snapshotMeta;
    // 5.5.2: before any signature is looked at.
    if (!from.trusted) checkDigest(where, meta, bytes, this.env.crypto);
    const envelope = readTufEnvelope(bytes, this.env.limits.maxSnapshotLength, where, this.env);
    const next = parseSnapshot(envelope.signed, where);
    // 5.5.3
    this.#verifyTopLevel(where, 'snapshot', envelope);
    // 5.5.5: no targets file may leave or fall.
    if (this.#knownSnapshot !== undefined) checkSnapshotFollows(this.#knownSnapshot, next, where);
    if (from.trusted) this.#knownSnapshot = mintVerified(next);
    // 5.5.4
    checkVersion(next, meta.version, where);
    if (from.trusted) checkDigest(where, meta, bytes, this.env.crypto);
    // 5.5.6
    checkExpiry(next, where, this.env.now);
    this.#knownSnapshot = mintVerified(next);
    this.#snapshot = this.#knownSnapshot;
  }

  /** Takes the top-level targets role; throws as {@link updateDelegatedTargets}. */
  updateTargets(bytes: Uint8Array): void {
    this.#acceptTargets(bytes, 'targets', this.#root, topLevelTargets(this.#root));
  }

  /**
   * Takes a role that another targets role delegates to.
   *
   * @throws MalformedError
   * @throws VerificationError `missing` where parent or snapshot do not name the role; `length-mismatch`, `hash-mismatch`,
   * `bad-signature`, `threshold-not-met`, `version-mismatch`
   * @throws FreshnessError `expired`
   */
  updateDelegatedTargets(bytes: Uint8Array, role: string, parent: Verified<Targets>): void {
    this.#acceptTargets(bytes, role, parent, delegationOf(role, parent));
  }

  /** The same for a role that is looked at once and not kept, of which there may be thousands: a hash bin. */
  verifyDelegatedTargets(bytes: Uint8Array, role: string, parent: Verified<Targets>): Verified<Targets> {
    return this.#verifyTargets(bytes, role, delegationOf(role, parent));
  }

  /**
   * What the snapshot says of a targets role: the version to ask for, and how long it may be.
   *
   * @throws VerificationError `missing`
   */
  metaOf(role: string): MetaFile {
    if (this.#snapshot === undefined) throw outOfOrder('the snapshot comes before the targets');
    const meta = this.#snapshot.meta.get(`${role}.json`);
    if (meta !== undefined) return meta;
    throw new VerificationError('missing', `snapshot.json does not name ${roleFileName(role)}`, {
      hint: 'Files of two publications were mixed: try again, or another mirror.',
      details: { role },
    });
  }

  #acceptTargets(
    bytes: Uint8Array,
    name: string,
    parent: Verified<Root> | Verified<Targets>,
    delegation: Delegation,
  ): void {
    const verified = this.#verifyTargets(bytes, name, delegation);
    const siblings = this.#targets.get(parent) ?? new Map<string, Verified<Targets>>();
    this.#targets.set(parent, siblings.set(name, verified));
  }

  #verifyTargets(bytes: Uint8Array, name: string, { holder, keys, delegator }: Delegation): Verified<Targets> {
    const where = roleFileName(name);
    const meta = this.metaOf(name);
    // 5.6.2: before any signature is looked at.
    checkDigest(where, meta, bytes, this.env.crypto);
    const envelope = readTufEnvelope(bytes, this.env.limits.maxTargetsLength, where, this.env);
    const next = parseTargets(envelope.signed, name, where);
    // 5.6.3
    verifyRole(where, holder, keys, envelope, this.env.crypto, delegator);
    // 5.6.4
    checkVersion(next, meta.version, where);
    // 5.6.5
    checkExpiry(next, where, this.env.now);
    return mintVerified(next);
  }

  #verifyTopLevel(where: string, role: 'timestamp' | 'snapshot', envelope: TufEnvelope): void {
    const { roles, keys, version } = this.#root;
    verifyRole(where, roles[role], keys, envelope, this.env.crypto, `${version}.root.json`);
  }
}

function outOfOrder(rule: string): UsageError {
  return new UsageError('usage', `TUF metadata was given in another order than the specification's: ${rule}`);
}
