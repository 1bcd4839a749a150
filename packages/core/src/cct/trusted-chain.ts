/**
 * The CCT chain as a state machine: bytes in, verified metadata out, no I/O.
 *
 * - Every file is read, checked against what was accepted before it, and only then kept; a call that throws makes nothing
 *   readable here.
 * - The order of calls is root, newer roots one by one, `finishRoots`, key_mgr, records; another order is a `usage` error.
 * - The time is fixed once, by `env.now`.
 *
 * ```ts
 * const chain = TrustedCctChain.fromRoot(stored('root.json'), env);
 * for (let next; (next = fetch(`${chain.root.version + 1}.root.json`)); ) chain.updateRoot(next);
 * chain.finishRoots();
 * chain.setKeyMgr(stored('key_mgr.json'));   // may be missing or refused: it guards against older ones all the same
 * chain.setKeyMgr(fetch('key_mgr.json'));
 * chain.checkRecord({ subdir, file, map, record, signatures, checkNames: true });
 * ```
 *
 * conda counts OpenPGP-shaped signatures alone on roots; here either shape counts there, and raw ones alone elsewhere: what
 * is signed for mamba has the OpenPGP shape, and must never stand for a record.
 *
 * @see https://github.com/conda/conda-content-trust/blob/main/conda_content_trust/authentication.py
 */
import { UsageError, VerificationError } from '../errors.ts';
import { checkExpiry, rollback } from '../freshness.ts';
import { mintVerified, type Verified } from '../verified.ts';
import type { CctDelegation } from './delegation.ts';
import { type CctEnvelope, parseCctEnvelope } from './envelope.ts';
import type { CctEnv } from './limits.ts';
import { type CctKeyMgr, type CctRoot, parseCctKeyMgr, parseCctRoot } from './metadata.ts';
import { checkCctRecord, type RecordQuestion, type RecordVerdict } from './record.ts';
import { type CctShape, countSignatures } from './signatures.ts';

export class TrustedCctChain {
  readonly env: CctEnv;
  #root: Verified<CctRoot>;
  #rootsFinished = false;
  #keyMgr: Verified<CctKeyMgr> | undefined;
  #knownVersion = 0;

  private constructor(root: Verified<CctRoot>, env: CctEnv) {
    this.#root = root;
    this.env = env;
  }

  /**
   * Starts from the root that the caller trusts: it must be well formed and signed by its own keys; it may be expired.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`
   */
  static fromRoot(bytes: Uint8Array, env: CctEnv): TrustedCctChain {
    const where = 'the trusted conda-content-trust root';
    const envelope = parseCctEnvelope(bytes, env.limits, where);
    const root = parseCctRoot(envelope.signed, where);
    verifyDelegated(where, root.root, envelope, ['raw', 'openpgp'], env, 'the file itself');
    return new TrustedCctChain(mintVerified(root), env);
  }

  get root(): Verified<CctRoot> {
    return this.#root;
  }

  get keyMgr(): Verified<CctKeyMgr> | undefined {
    return this.#keyMgr;
  }

  /**
   * Takes the next root, which may be expired: only the last one's expiry counts.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`, `version-mismatch`
   * @throws FreshnessError `rollback`
   */
  updateRoot(bytes: Uint8Array): void {
    if (this.#rootsFinished) throw outOfOrder('a root comes before finishRoots()');
    const trusted = this.#root;
    const expected = trusted.version + 1;
    const where = `${expected}.root.json`;
    const envelope = parseCctEnvelope(bytes, this.env.limits, where);
    const next = parseCctRoot(envelope.signed, where);
    // By a threshold of the trusted root's keys, and by a threshold of its own.
    verifyDelegated(where, trusted.root, envelope, ['raw', 'openpgp'], this.env, `${trusted.version}.root.json`);
    verifyDelegated(where, next.root, envelope, ['raw', 'openpgp'], this.env, 'the file itself');
    if (next.version < trusted.version) {
      throw rollback(where, `${where} is version ${next.version}; version ${trusted.version} is trusted already`);
    }
    if (next.version !== expected) {
      throw new VerificationError(
        'version-mismatch',
        `${where} is version ${next.version}; version ${expected} must stand here`,
        {
          hint: 'Roots are taken one by one: try again, or another mirror.',
          details: { file: where, found: next.version, expected },
        },
      );
    }
    this.#root = mintVerified(next);
  }

  /**
   * Ends the update of roots: the last one must not be expired.
   *
   * @throws FreshnessError `expired`
   */
  finishRoots(): void {
    checkExpiry(this.#root, `${this.#root.version}.root.json`, this.env.now);
    this.#rootsFinished = true;
  }

  /**
   * Takes key_mgr as the root delegates it: the stored one first, if there is one, then the fetched one. One that is refused
   * as expired still guards against older ones, which may expire later.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`
   * @throws FreshnessError `rollback`, `expired`
   */
  setKeyMgr(bytes: Uint8Array): void {
    if (!this.#rootsFinished) throw outOfOrder('key_mgr comes after finishRoots()');
    const where = 'key_mgr.json';
    const envelope = parseCctEnvelope(bytes, this.env.limits, where);
    const next = parseCctKeyMgr(envelope.signed, where);
    verifyDelegated(where, this.#root.keyMgr, envelope, ['raw'], this.env, `${this.#root.version}.root.json`);
    if (next.version < this.#knownVersion) {
      throw rollback(where, `${where} is version ${next.version}; version ${this.#knownVersion} was accepted before`);
    }
    this.#knownVersion = next.version;
    this.#keyMgr = undefined;
    checkExpiry(next, where, this.env.now);
    this.#keyMgr = mintVerified(next);
  }

  /**
   * Judges one record of an index by the keys that key_mgr delegates. Never throws for what the server sent.
   *
   * @throws UsageError `usage` before {@link TrustedCctChain.setKeyMgr}
   */
  checkRecord(question: RecordQuestion): RecordVerdict {
    if (this.#keyMgr === undefined) throw outOfOrder('records come after setKeyMgr()');
    return checkCctRecord(question, this.#keyMgr.pkgMgr, this.env.crypto);
  }
}

function verifyDelegated(
  where: string,
  delegation: CctDelegation,
  envelope: CctEnvelope,
  shapes: readonly CctShape[],
  env: CctEnv,
  delegator: string,
): void {
  const counted = countSignatures(delegation, () => envelope.signedCanonical, envelope.signatures, shapes, env.crypto);
  if (counted.good.length >= delegation.threshold) return;
  const [bad] = counted.bad;
  const found = `signed by ${counted.good.length} of the ${delegation.threshold} distinct keys that ${delegator} asks for`;
  const details = { file: where, signed: counted.good.length, threshold: delegation.threshold, bad: counted.bad };
  if (bad !== undefined) {
    throw new VerificationError(
      'bad-signature',
      `${where} is ${found}: the signature by key ${bad.slice(0, 8)}… is not over these bytes`,
      {
        hint: 'The file was changed after it was signed: try another mirror, and tell the owner of the channel.',
        details,
      },
    );
  }
  throw new VerificationError('threshold-not-met', `${where} is ${found}`, {
    hint: 'The file is not from those who may sign it, or not all of them signed yet: tell the owner of the channel.',
    details,
  });
}

function outOfOrder(message: string): UsageError {
  return new UsageError('usage', message);
}
