/** Targets metadata: files of the repository, and delegations to other roles of the same kind. */
import { expectObject, member, optionalMember } from '../json/access.ts';
import type { JsonObject } from '../json/value.ts';
import { Delegations } from './delegations.ts';
import { parseSigned, type Signed } from './signed.ts';
import { parseTargetFile, type TargetFile } from './target-file.ts';

export interface Targets extends Signed {
  /** The role's own name: `targets`, or the one it is delegated to by. */
  readonly role: string;
  /** By target path. */
  readonly targets: ReadonlyMap<string, TargetFile>;
  readonly delegations: Delegations | undefined;
}

/**
 * @throws MalformedError
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-targets
 */
export function parseTargets(raw: JsonObject, role: string, where: string): Targets {
  const signed = parseSigned(raw, 'targets', where);
  const targets = new Map<string, TargetFile>();
  for (const [path, entry] of expectObject(member(raw, 'targets', where), `${where}: \`targets\``)) {
    targets.set(path, parseTargetFile(path, entry, where));
  }
  const delegations = optionalMember(raw, 'delegations');
  return {
    ...signed,
    role,
    targets,
    delegations: delegations === undefined ? undefined : new Delegations(delegations, where),
  };
}
