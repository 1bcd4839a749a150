/**
 * Roots as they follow one another, the same in conda's chain and in mamba's. mamba itself asks of a newer root only that it be
 * signed by its own keys; here the one before must have signed it too.
 */
import { UsageError, VerificationError } from '../errors.ts';
import { checkExpiry, rollback } from '../freshness.ts';
import type { JsonObject } from '../json/value.ts';
import { mintVerified, type Verified } from '../verified.ts';
import { parseCctEnvelope } from './envelope.ts';
import type { CctEnv } from './limits.ts';
import type { CctRoot } from './metadata.ts';
import { verifyDelegated } from './verify-delegated.ts';

type ParseRoot = (signed: JsonObject, where: string) => CctRoot;

export class TrustedRoots {
  readonly env: CctEnv;
  readonly #parse: ParseRoot;
  #root: Verified<CctRoot>;
  #finished = false;

  /** Subclasses show it as `fromRoot`. */
  protected constructor(bytes: Uint8Array, env: CctEnv, parse: ParseRoot) {
    const where = 'the trusted conda-content-trust root';
    const envelope = parseCctEnvelope(bytes, env.limits, where);
    const root = parse(envelope.signed, where);
    verifyDelegated(where, root.root, envelope, ['raw', 'openpgp'], env, 'the file itself');
    this.env = env;
    this.#parse = parse;
    this.#root = mintVerified(root);
  }

  get root(): Verified<CctRoot> {
    return this.#root;
  }

  /**
   * Takes the next root, which may be expired: only the last one's expiry counts.
   *
   * @param where what messages call it
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`, `version-mismatch`
   * @throws FreshnessError `rollback`
   */
  updateRoot(bytes: Uint8Array, where = `${this.#root.version + 1}.root.json`): void {
    if (this.#finished) throw new UsageError('usage', 'a root comes before finishRoots()');
    const trusted = this.#root;
    const expected = trusted.version + 1;
    const envelope = parseCctEnvelope(bytes, this.env.limits, where);
    const next = this.#parse(envelope.signed, where);
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
    this.#finished = true;
  }

  protected expectRootsFinished(next: string): void {
    if (!this.#finished) throw new UsageError('usage', `${next} comes after finishRoots()`);
  }
}
