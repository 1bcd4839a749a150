/** Judges the records of one subdir: names and hashes, signatures where there is a chain, and what the policy asks for. */
import {
  allowedHosts,
  ContentTrustError,
  checkRecordHashes,
  checkRecordNames,
  checkRedirects,
  type Evidence,
  evaluatePolicy,
  fileOf,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  type PackageDigest,
  type Policy,
  PolicyError,
  type PolicyVerdict,
  type RecordMap,
  RecordSignatures,
  type Repodata,
  recordRedirects,
  type TrustedCctChain,
  VerificationError,
  type YankedFiles,
} from '@antivenom/core';
import type { ProgressReporter } from '@antivenom/node';
import type { Findings } from './report.ts';
import type { TeamFiles } from './team-files.ts';

export interface RecordRules {
  /** The channel's address without credentials. */
  readonly channelUrl: string;
  readonly subdir: string;
  readonly cct: TrustedCctChain | undefined;
  readonly teams: TeamFiles;
  readonly yanked: YankedFiles;
  /** Whether the bytes of the index are proved; if not, a record's signature is all there is. */
  readonly indexIsProved: boolean;
  readonly policy: Policy;
}

export interface IndexedRecord {
  readonly map: RecordMap;
  /** Its key in its map. */
  readonly file: string;
  readonly record: JsonObject;
  /** Its entry in `signatures`, of whatever shape. */
  readonly signatures: JsonValue | undefined;
}

export class RecordCheck {
  readonly #rules: RecordRules;
  readonly #findings: Findings;
  /** By evidence and package name, since many records share a name. */
  readonly #verdicts = new Map<string, PolicyVerdict>();
  readonly #fieldsTold = new Set<string>();

  constructor(rules: RecordRules, findings: Findings) {
    this.#rules = rules;
    this.#findings = findings;
  }

  /** Each record of an index. */
  checkAll(source: Repodata, progress: ProgressReporter): void {
    const signatures = new RecordSignatures(source);
    const task = progress.start(`verifying the records of ${this.#rules.subdir}`, source.records.length);
    try {
      for (const slice of source.records) {
        this.check(slice.file, () => ({
          ...slice,
          record: source.record(slice),
          signatures: signatures.of(slice.file),
        }));
        task.advance(1);
      }
    } finally {
      task.done();
    }
  }

  /**
   * Counts the record, and keeps why it is refused, if it is.
   *
   * @param file its key in its map
   * @param read may throw: what is wrong with one record must not hide the others
   */
  check(file: string, read: () => IndexedRecord): void {
    const { records } = this.#findings;
    records.total++;
    try {
      if (this.evidenceOf(read()).has('record')) records.signed++;
    } catch (error) {
      records.refused++;
      this.#findings.refuse(`${this.#rules.subdir}/${file}`, error);
    }
  }

  /**
   * Signatures in a form that tells what `source` tells: it may lack them, but a client judges by those that stand in it.
   *
   * @throws VerificationError for the first that is not good
   */
  checkSignatures(form: Repodata, source: Repodata): void {
    if (this.#rules.cct === undefined) return;
    const [known, found] = [new RecordSignatures(source), new RecordSignatures(form)];
    for (const slice of form.records) {
      const signatures = found.of(slice.file);
      if (signatures === undefined || jsonEquals(signatures, known.of(slice.file) ?? null)) continue;
      this.#isSigned({ ...slice, record: form.record(slice), signatures });
    }
  }

  /**
   * What proves the record.
   *
   * @throws VerificationError for what is wrong with it, and for a file that is not the one its team signed; PolicyError
   * `policy-refused`
   */
  evidenceOf(entry: IndexedRecord): ReadonlySet<Evidence> {
    const { channelUrl, subdir, yanked, indexIsProved, policy } = this.#rules;
    const where = `${subdir}/${entry.file}`;
    const isSigned = this.#isSigned(entry);
    const digest = checkRecordHashes(where, entry.record);
    yanked.check(where, entry.record);
    this.#checkRedirects(entry);
    const word = this.#teamWord(entry, digest);
    const evidence = new Set<Evidence>([
      ...(indexIsProved ? ['index' as const] : []),
      ...(isSigned ? ['record' as const] : []),
      ...(word.team === undefined ? [] : ['file' as const]),
    ]);
    const name = entry.record.get('name');
    const packageName = typeof name === 'string' ? name : '';
    const id = `${[...evidence]} ${word.team} ${packageName}`;
    const { team } = word;
    const verdict = this.#verdicts.get(id) ?? evaluatePolicy(policy, { channelUrl, packageName, evidence, team });
    this.#verdicts.set(id, verdict);
    const why = word.refusal === undefined ? '' : `: ${word.refusal.message}`;
    if (verdict.status === 'refused') {
      const isTeams = verdict.missing.includes('file');
      throw new PolicyError('policy-refused', `${where}: ${verdict.message}${isTeams ? why : ''}`, {
        hint: 'Take the package from where your policy allows it, or change the policy.',
        details: { file: where, missing: [...verdict.missing], ...(isTeams ? word.refusal?.details : {}) },
      });
    }
    // The owner's offline keys gave this name to a team: that holds without a policy too.
    if (word.refusal !== undefined) throw word.refusal;
    return evidence;
  }

  /** The team that signed the file; or why its own did not. */
  #teamWord(entry: IndexedRecord, digest: PackageDigest): { team?: string; refusal?: VerificationError } {
    try {
      const team = this.#rules.teams.teamOf(`${this.#rules.subdir}/${fileOf(entry)}`, digest);
      return team === undefined ? {} : { team };
    } catch (refusal) {
      if (refusal instanceof VerificationError) return { refusal };
      throw refusal;
    }
  }

  /** Whether enough delegated keys signed it. @throws VerificationError where it or its signatures are wrong. */
  #isSigned({ map, file, record, signatures }: IndexedRecord): boolean {
    const { subdir, cct, indexIsProved } = this.#rules;
    const where = `${subdir}/${file}`;
    if (cct === undefined) {
      checkRecordNames(subdir, file, map, record);
      return false;
    }
    // Where nothing else proves a record, that nobody signed it comes before whatever else is wrong with it.
    if (!indexIsProved && !namesDelegatedKey(signatures, cct)) throw unsigned(where, cct);
    const verdict = cct.checkRecord({ subdir, file, map, record, signatures, checkNames: true });
    this.#findings.ignore(where, verdict.ignored);
    if (verdict.status === 'refused') {
      throw new VerificationError(verdict.code, verdict.message, { hint: HINT, details: { file: where } });
    }
    return verdict.status === 'signed';
  }

  /** What the owner signed is told once a field; what nobody proved is refused. */
  #checkRedirects({ map, file, record }: IndexedRecord): void {
    const { subdir, channelUrl, indexIsProved, policy } = this.#rules;
    const rules = { subdir, channelUrl, allowHosts: allowedHosts(policy, channelUrl) };
    for (const redirect of recordRedirects(file, map, record)) {
      try {
        checkRedirects([redirect], rules);
      } catch (error) {
        if (!(error instanceof ContentTrustError) || redirect.field === 'fn' || !indexIsProved) throw error;
        if (this.#fieldsTold.has(redirect.field)) continue;
        this.#fieldsTold.add(redirect.field);
        this.#findings.warnings.push(`${error.message} (as its owner signed; other records may do so too)`);
      }
    }
  }
}

const HINT = 'Do not install this package; tell the owner of the channel.';

function namesDelegatedKey(signatures: JsonValue | undefined, { keyMgr }: TrustedCctChain): boolean {
  if (!(signatures instanceof Map)) return false;
  return [...signatures.keys()].some((key) => keyMgr?.pkgMgr.keys.has(key.toLowerCase()));
}

function unsigned(where: string, { keyMgr }: TrustedCctChain): VerificationError {
  const threshold = keyMgr?.pkgMgr.threshold ?? 1;
  return new VerificationError(
    'threshold-not-met',
    `${where} is signed by 0 of the ${threshold} distinct keys that key_mgr.json asks for`,
    { hint: HINT, details: { file: where, signed: 0, threshold } },
  );
}
