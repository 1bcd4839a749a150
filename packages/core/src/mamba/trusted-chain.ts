/**
 * mamba's chain as a state machine, as {@link TrustedCctChain} is conda's: bytes in, verified metadata out, no I/O. It has a file
 * more, pkg_mgr, and its keys sign projections of records in the place of records.
 *
 * - The order of calls is root, newer roots one by one, `finishRoots`, key_mgr, pkg_mgr, records; another order is a `usage` error.
 * - Either shape of signature counts. So a projection that stands in a record's place would pass for a record in a chain of
 *   conda's with the same keys: no key may serve in both.
 * - Roots are held to more than mamba holds them to: see {@link TrustedRoots}.
 *
 * @see https://github.com/mamba-org/mamba/blob/main/libmamba/src/validation/update_framework_v0_6.cpp
 */
import { parseCctEnvelope } from '../cct/envelope.ts';
import type { CctEnv } from '../cct/limits.ts';
import {
  type CctKeyMgr,
  type CctMetadata,
  type CctRoot,
  expectDelegations,
  parseCctKeyMgr,
  parseCctPkgMgr,
  parseCctRoot,
} from '../cct/metadata.ts';
import { checkSignedRecord, nameIn, type RecordQuestion, type RecordVerdict } from '../cct/record.ts';
import { TrustedRoots } from '../cct/trusted-roots.ts';
import { verifyDelegated } from '../cct/verify-delegated.ts';
import { MalformedError, UsageError } from '../errors.ts';
import { checkExpiry } from '../freshness.ts';
import type { JsonObject } from '../json/value.ts';
import { mintVerified, type Verified } from '../verified.ts';
import { projectRecord } from './projection.ts';

export class TrustedMambaChain extends TrustedRoots {
  #keyMgr: Verified<CctKeyMgr> | undefined;
  #pkgMgr: Verified<CctMetadata> | undefined;

  /**
   * Starts from the root that the caller trusts: it must be well formed and signed by its own keys; it may be expired.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`
   */
  static fromRoot(bytes: Uint8Array, env: CctEnv): TrustedMambaChain {
    return new TrustedMambaChain(bytes, env, parseMambaRoot);
  }

  get keyMgr(): Verified<CctKeyMgr> | undefined {
    return this.#keyMgr;
  }

  get pkgMgr(): Verified<CctMetadata> | undefined {
    return this.#pkgMgr;
  }

  /**
   * Takes key_mgr as the root delegates it.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`
   * @throws FreshnessError `expired`
   */
  setKeyMgr(bytes: Uint8Array): void {
    this.expectRootsFinished('key_mgr');
    const where = 'key_mgr.json';
    const { root } = this;
    const envelope = parseCctEnvelope(bytes, this.env.limits, where);
    const next = parseCctKeyMgr(envelope.signed, where);
    if (next.version === 0) throw new MalformedError(`${where}: \`version\` is missing`);
    expectDelegations(next, ['pkg_mgr'], where);
    expectSpecVersion(next, root, where);
    verifyDelegated(where, root.keyMgr, envelope, ['raw', 'openpgp'], this.env, `${root.version}.root.json`);
    checkExpiry(next, where, this.env.now);
    this.#keyMgr = mintVerified(next);
  }

  /**
   * Takes pkg_mgr as key_mgr delegates it.
   *
   * @throws MalformedError
   * @throws VerificationError `bad-signature`, `threshold-not-met`
   * @throws FreshnessError `expired`
   */
  setPkgMgr(bytes: Uint8Array): void {
    if (this.#keyMgr === undefined) throw new UsageError('usage', 'pkg_mgr comes after setKeyMgr()');
    const where = 'pkg_mgr.json';
    const envelope = parseCctEnvelope(bytes, this.env.limits, where);
    const next = parseCctPkgMgr(envelope.signed, where);
    expectSpecVersion(next, this.root, where);
    verifyDelegated(where, this.#keyMgr.pkgMgr, envelope, ['raw', 'openpgp'], this.env, 'key_mgr.json');
    checkExpiry(next, where, this.env.now);
    this.#pkgMgr = mintVerified(next);
  }

  /**
   * Judges the projection of one record. What no projection is foretold for nobody can have signed: with a delegated key's entry
   * it is refused. Never throws for what the server sent.
   *
   * @param indexHasPip as in {@link projectRecord}
   * @throws UsageError `usage` before {@link TrustedMambaChain.setPkgMgr}
   */
  checkRecord(question: RecordQuestion, indexHasPip: boolean): RecordVerdict {
    if (this.#keyMgr === undefined || this.#pkgMgr === undefined) {
      throw new UsageError('usage', 'records come after setPkgMgr()');
    }
    const { record, map } = question;
    const projection = projectRecord(record, { indexHasPip, map });
    const isForetold = projection.status === 'foretold';
    const canonical = isForetold ? projection.canonical : new Uint8Array();
    const shapes = isForetold ? (['raw', 'openpgp'] as const) : [];
    const verdict = checkSignedRecord(
      question,
      { canonical: () => canonical, shapes },
      this.#keyMgr.pkgMgr,
      this.env.crypto,
    );
    if (isForetold || verdict.status !== 'refused' || verdict.code !== 'bad-signature') return verdict;
    const message = `${nameIn(question)} is signed, and nobody can know what mamba makes of it: ${projection.message}`;
    return { ...verdict, message };
  }
}

function parseMambaRoot(signed: JsonObject, where: string): CctRoot {
  const root = parseCctRoot(signed, where);
  expectDelegations(root, ['root', 'key_mgr'], where);
  return root;
}

function expectSpecVersion(metadata: CctMetadata, { specVersion }: CctMetadata, where: string): void {
  if (metadata.specVersion === specVersion) return;
  const found = `version ${metadata.specVersion} of the format, and its root ${specVersion}`;
  throw new MalformedError(`${where} follows ${found}: mamba asks for the same`);
}
