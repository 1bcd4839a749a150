/** A chain of conda-content-trust files that somebody named one by one, in the order in which conda would take them. */
import {
  type CctEnv,
  ContentTrustError,
  type ErrorCode,
  type JsonLimits,
  parseCctEnvelope,
  RecordSignatures,
  scanRepodata,
  TrustedCctChain,
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
 * names, which needs the folder that the index is of. Only the last root must be unexpired, and key_mgr.
 *
 * @param index limits of a repodata file
 * @throws MalformedError
 * @throws VerificationError as {@link TrustedCctChain}; for records none is thrown, all are listed
 * @throws FreshnessError `expired`, `rollback`
 * @throws UsageError `usage` for files in another order
 */
export function verifyCctChain(root: ChainFile, files: readonly ChainFile[], env: CctEnv, index: JsonLimits): CctChain {
  const chain = TrustedCctChain.fromRoot(root.bytes, env);
  const links: ChainLink[] = [link(root, 'root', chain.root)];
  let records: CheckedRecords | undefined;
  let rootsFinished = false;
  for (const file of files) {
    if (records !== undefined) throw outOfOrder(`${file.name} stands behind the index, which closes the chain`);
    const type = kindOf(file, index) === 'repodata' ? 'repodata' : typeOf(file, env);
    if (type === 'root' && !rootsFinished) {
      chain.updateRoot(file.bytes);
      links.push(link(file, 'root', chain.root));
      continue;
    }
    if (type === 'root') throw outOfOrder(`${file.name} is a root, and stands behind key_mgr`);
    if (type === 'pkg_mgr') {
      throw outOfOrder(`${file.name} is read by mamba alone: in this chain key_mgr says who signs records`);
    }
    if (!rootsFinished) chain.finishRoots();
    rootsFinished = true;
    if (type === 'repodata') {
      records = checkRecords(chain, file, index);
      continue;
    }
    chain.setKeyMgr(file.bytes);
    if (chain.keyMgr === undefined) throw new Error(`${file.name} was taken and is not there`);
    links.push(link(file, 'key_mgr', chain.keyMgr));
  }
  if (!rootsFinished) chain.finishRoots();
  return { links, records };
}

function checkRecords(chain: TrustedCctChain, file: ChainFile, limits: JsonLimits): CheckedRecords {
  if (chain.keyMgr === undefined) throw outOfOrder(`${file.name} is an index, and no key_mgr stands before it`);
  const { threshold } = chain.keyMgr.pkgMgr;
  const repodata = scanRepodata(file.bytes, limits);
  const signatures = new RecordSignatures(repodata);
  const refused: RefusedRecord[] = [];
  const ignored: { file: string; keys: readonly string[] }[] = [];
  let signed = 0;
  for (const slice of repodata.records) {
    const name = slice.file;
    try {
      const question = { subdir: '', file: name, map: slice.map, checkNames: false };
      const record = repodata.record(slice);
      const verdict = chain.checkRecord({ ...question, record, signatures: signatures.of(name) });
      if (verdict.ignored.length > 0) ignored.push({ file: name, keys: verdict.ignored });
      if (verdict.status === 'signed') signed++;
      else if (verdict.status === 'refused') refused.push({ file: name, code: verdict.code, message: verdict.message });
      else if (verdict.ignored.length > 0 || (!slice.map.startsWith('v3.') && record.has('subdir'))) {
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

/** Says only which check the file goes through; the check itself reads it anew. */
function typeOf(file: ChainFile, env: CctEnv): 'root' | 'pkg_mgr' | 'key_mgr' {
  if (kindOf(file, env.limits.json) === 'tuf') {
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
    hint: 'Name the files in the order of the chain: newer roots, key_mgr, and an index if its records are to be checked.',
  });
}
