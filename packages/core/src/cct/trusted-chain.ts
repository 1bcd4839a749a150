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
import { UsageError } from '../errors.ts';
import { checkExpiry, rollback } from '../freshness.ts';
import { mintVerified, type Verified } from '../verified.ts';
import { parseCctEnvelope } from './envelope.ts';
import type { CctEnv } from './limits.ts';
import { type CctKeyMgr, parseCctKeyMgr, parseCctRoot } from './metadata.ts';
import { checkCctRecord, type RecordQuestion, type RecordVerdict } from './record.ts';
import { TrustedRoots } from './trusted-roots.ts';
import { verifyDelegated } from './verify-delegated.ts';

export class TrustedCctChain extends TrustedRoots {
  #keyMgr: Verified<CctKeyMgr> | undefined;
  #knownVersion = 0;

  /**
   * Starts from the root that the caller trusts: it must be well formed and signed by its own keys; it may be expired.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`
   */
  static fromRoot(bytes: Uint8Array, env: CctEnv): TrustedCctChain {
    return new TrustedCctChain(bytes, env, parseCctRoot);
  }

  get keyMgr(): Verified<CctKeyMgr> | undefined {
    return this.#keyMgr;
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
    this.expectRootsFinished('key_mgr');
    const where = 'key_mgr.json';
    const envelope = parseCctEnvelope(bytes, this.env.limits, where);
    const next = parseCctKeyMgr(envelope.signed, where);
    verifyDelegated(where, this.root.keyMgr, envelope, ['raw'], this.env, `${this.root.version}.root.json`);
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
    if (this.#keyMgr === undefined) throw new UsageError('usage', 'records come after setKeyMgr()');
    return checkCctRecord(question, this.#keyMgr.pkgMgr, this.env.crypto);
  }
}
