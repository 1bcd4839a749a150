/** A chain of conda-content-trust files that somebody named one by one, in the order in which conda would take them. */
import {
  type CctEnv,
  ContentTrustError,
  type ErrorCode,
  indexHasPip,
  type JsonLimits,
  type JsonObject,
  parseCctEnvelope,
  projectRecord,
  type RecordMap,
  type RecordQuestion,
  RecordSignatures,
  type RecordVerdict,
  type Repodata,
  scanRepodata,
  TrustedCctChain,
  TrustedMambaChain,
  UsageError,
} from '@antivenom/core';
import { type ChainFile, type ChainLink, kindOf } from './chain-file.ts';

export interface CctChain {
  readonly links: readonly ChainLink[];
  /** Of the repodata file at the end, where there is one. */
  readonly records: CheckedRecords | undefined;
}

export interface CheckedRecords {
  readonly file: string;
  readonly total: number;
  readonly signed: number;
  /** Records that nobody can sign: those of a `v3` map, and those that state no subdir. */
  readonly unsigned: number;
  readonly refused: readonly RefusedRecord[];
  /** Signatures by keys that nobody delegated (hex): they count for nothing. */
  readonly ignored: readonly { readonly file: string; readonly keys: readonly string[] }[];
}

export interface RefusedRecord {
  /** The record's name in its map. */
  readonly file: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Verifies newer roots, then key_mgr, then the signatures of an index's records; not whether records stand under their own
 * names, which needs the folder that the index is of. Only the last root must be unexpired, and what follows it. With a pkg_mgr
 * the chain is mamba's: there its rules hold, and records are signed in their projection.
 *
 * @param index limits of a repodata file
 * @throws MalformedError
 * @throws VerificationError as {@link TrustedCctChain}; for records none is thrown, all are listed
 * @throws FreshnessError `expired`, `rollback`
 * @throws UsageError `usage` for files in another order
 */
export function verifyCctChain(root: ChainFile, files: readonly ChainFile[], env: CctEnv, index: JsonLimits): CctChain {
  const typed = files.map((file) => ({ file, type: typeOf(file, env, index) }));
  const isOfMamba = typed.some(({ type }) => type === 'pkg_mgr');
  const chain = (isOfMamba ? TrustedMambaChain : TrustedCctChain).fromRoot(root.bytes, env);
  const links: ChainLink[] = [link(root, 'root', chain.root)];
  let records: CheckedRecords | undefined;
  let rootsFinished = false;
  for (const { file, type } of typed) {
    if (records !== undefined) throw outOfOrder(`${file.name} stands behind the index, which closes the chain`);
    if (type === 'root' && !rootsFinished) {
      chain.updateRoot(file.bytes, file.name);
      links.push(link(file, 'root', chain.root));
      continue;
    }
    if (type === 'root') throw outOfOrder(`${file.name} is a root, and stands behind key_mgr`);
    if (!rootsFinished) chain.finishRoots();
    rootsFinished = true;
    if (type === 'repodata') {
      records = checkRecords(chain, file, index);
      continue;
    }
    if (type === 'pkg_mgr') takePkgMgr(chain, file);
    else chain.setKeyMgr(file.bytes);
    const taken = type === 'pkg_mgr' && chain instanceof TrustedMambaChain ? chain.pkgMgr : chain.keyMgr;
    if (taken === undefined) throw new Error(`${file.name} was taken and is not there`);
    links.push(link(file, type, taken));
  }
  if (!rootsFinished) chain.finishRoots();
  return { links, records };
}

type Chain = TrustedCctChain | TrustedMambaChain;

function takePkgMgr(chain: Chain, file: ChainFile): void {
  if (!(chain instanceof TrustedMambaChain) || chain.keyMgr === undefined) {
    throw outOfOrder(`${file.name} is a pkg_mgr, and no key_mgr stands before it`);
  }
  chain.setPkgMgr(file.bytes);
}

function checkRecords(chain: Chain, file: ChainFile, limits: JsonLimits): CheckedRecords {
  const repodata = scanRepodata(file.bytes, limits);
  const { threshold, check, canBeSigned } = judgeOf(chain, file, repodata);
  const signatures = new RecordSignatures(repodata);
  const refused: RefusedRecord[] = [];
  const ignored: { file: string; keys: readonly string[] }[] = [];
  let signed = 0;
  for (const slice of repodata.records) {
    const name = slice.file;
    try {
      const record = repodata.record(slice);
      const { map } = slice;
      const verdict = check({
        subdir: '',
        file: name,
        map,
        checkNames: false,
        record,
        signatures: signatures.of(name),
      });
      if (verdict.ignored.length > 0) ignored.push({ file: name, keys: verdict.ignored });
      if (verdict.status === 'signed') signed++;
      else if (verdict.status === 'refused') refused.push({ file: name, code: verdict.code, message: verdict.message });
      else if (verdict.ignored.length > 0 || canBeSigned(record, map)) {
        const found = verdict.ignored.length > 0 ? 'only by keys that nobody delegated' : 'by nobody';
        const message = `${name} is signed ${found}, and key_mgr.json asks for ${threshold} of its keys`;
        refused.push({ file: name, code: 'threshold-not-met', message });
      }
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      refused.push({ file: name, code: error.code, message: `${name}: ${error.message}` });
    }
  }
  const total = repodata.records.length;
  return { file: file.name, total, signed, unsigned: total - signed - refused.length, refused, ignored };
}

interface RecordJudge {
  readonly threshold: number;
  readonly check: (question: RecordQuestion) => RecordVerdict;
  /** Whether anybody could have signed it. */
  readonly canBeSigned: (record: JsonObject, map: RecordMap) => boolean;
}

function judgeOf(chain: Chain, file: ChainFile, repodata: Repodata): RecordJudge {
  if (chain.keyMgr === undefined) throw outOfOrder(`${file.name} is an index, and no key_mgr stands before it`);
  const { threshold } = chain.keyMgr.pkgMgr;
  if (chain instanceof TrustedCctChain) {
    const canBeSigned = (record: JsonObject, map: RecordMap) => !map.startsWith('v3.') && record.has('subdir');
    return { threshold, check: (question) => chain.checkRecord(question), canBeSigned };
  }
  if (chain.pkgMgr === undefined) throw outOfOrder(`${file.name} is an index, and no pkg_mgr stands before it`);
  const hasPip = indexHasPip(repodata);
  return {
    threshold,
    check: (question) => chain.checkRecord(question, hasPip),
    canBeSigned: (record, map) => projectRecord(record, { indexHasPip: hasPip, map }).status === 'foretold',
  };
}

/** Says only which check the file goes through; the check itself reads it anew. */
function typeOf(file: ChainFile, env: CctEnv, index: JsonLimits): 'root' | 'pkg_mgr' | 'key_mgr' | 'repodata' {
  const kind = kindOf(file, index);
  if (kind === 'repodata') return kind;
  if (kind === 'tuf') {
    throw new UsageError('usage', `${file.name} is of a TUF chain, and the root begins one of conda-content-trust`);
  }
  const type = parseCctEnvelope(file.bytes, env.limits, file.name).signed.get('type');
  return type === 'root' || type === 'pkg_mgr' ? type : 'key_mgr';
}

function link(file: ChainFile, role: string, { version, expires }: Pick<ChainLink, 'version' | 'expires'>): ChainLink {
  return { file: file.name, role, version, expires };
}

function outOfOrder(message: string): UsageError {
  return new UsageError('usage', message, {
    hint: 'Name the files in the order of the chain: newer roots, key_mgr, for mamba pkg_mgr, and an index if its records are to be checked.',
  });
}
