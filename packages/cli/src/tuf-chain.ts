/** A chain of TUF files that somebody named one by one, in the order in which a client would take them. */
import {
  parseTufEnvelope,
  type Signed,
  type Targets,
  TrustedMetadata,
  type TufEnv,
  UsageError,
  type Verified,
} from '@antivenom/core';
import { type ChainFile, type ChainLink, kindOf } from './chain-file.ts';

/**
 * Verifies newer roots, then timestamp, snapshot, targets and the roles that these delegate to. Only the last root must be
 * unexpired, and everything after it.
 *
 * @throws MalformedError
 * @throws VerificationError as {@link TrustedMetadata}
 * @throws FreshnessError `expired`, `rollback`
 * @throws UsageError `usage` for files in another order
 */
export function verifyTufChain(root: ChainFile, files: readonly ChainFile[], env: TufEnv): ChainLink[] {
  const trusted = TrustedMetadata.fromRoot(root.bytes, env);
  const chain = [link(root, 'root', trusted.root)];
  const delegators: Verified<Targets>[] = [];
  let rootsFinished = false;
  for (const file of files) {
    const type = typeOf(file, env);
    if (type === 'root') {
      trusted.updateRoot(file.bytes, file.name);
      chain.push(link(file, type, trusted.root));
      continue;
    }
    if (!rootsFinished) trusted.finishRoots();
    rootsFinished = true;
    if (type === 'timestamp') trusted.updateTimestamp(file.bytes);
    else if (type === 'snapshot') trusted.updateSnapshot(file.bytes, { trusted: false });
    else delegators.push(takeTargets(trusted, file, delegators));
    const taken = type === 'timestamp' ? trusted.timestamp : type === 'snapshot' ? trusted.snapshot : delegators.at(-1);
    if (taken === undefined) throw new Error(`${file.name} was taken and is not there`);
    chain.push(link(file, type === 'targets' ? roleOf(file) : type, taken));
  }
  if (!rootsFinished) trusted.finishRoots();
  return chain;
}

function takeTargets(
  trusted: TrustedMetadata,
  file: ChainFile,
  delegators: readonly Verified<Targets>[],
): Verified<Targets> {
  const role = roleOf(file);
  if (role === 'targets') {
    trusted.updateTargets(file.bytes);
    if (trusted.targets !== undefined) return trusted.targets;
  }
  const parent = delegators.find(({ delegations }) => delegations?.role(role) !== undefined);
  if (parent === undefined) {
    throw new UsageError('usage', `${file.name}: no file before it delegates to a role ${JSON.stringify(role)}`, {
      hint: 'Name the files in the order of the chain; a delegated role is known by its file name.',
    });
  }
  trusted.updateDelegatedTargets(file.bytes, role, parent);
  const taken = trusted.delegatedTargets(role, parent);
  if (taken === undefined) throw new Error(`${file.name} was taken and is not there`);
  return taken;
}

/** Says only which check the file goes through; the check itself reads it anew. */
function typeOf(file: ChainFile, env: TufEnv): 'root' | 'timestamp' | 'snapshot' | 'targets' {
  const kind = kindOf(file, env.limits.json);
  if (kind !== 'tuf') {
    const what = kind === 'cct' ? 'is of a conda-content-trust chain' : 'is an index';
    throw new UsageError('usage', `${file.name} ${what}, and the root begins a chain of TUF`);
  }
  const type = parseTufEnvelope(file.bytes, env.limits.json, file.name).signed.get('_type');
  return type === 'root' || type === 'timestamp' || type === 'snapshot' ? type : 'targets';
}

function roleOf(file: ChainFile): string {
  const escaped = file.name.replace(/^[1-9]\d*\./, '').replace(/\.json$/, '');
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped; // no escapes of ours: the name is meant as it stands
  }
}

function link(file: ChainFile, role: string, { version, expires }: Signed): ChainLink {
  return { file: file.name, role, version, expires };
}
