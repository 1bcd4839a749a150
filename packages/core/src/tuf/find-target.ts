/** Which role, if any, speaks of a target path: the most trusted one that does. */
import { UsageError, VerificationError } from '../errors.ts';
import { mintVerified, type Verified } from '../verified.ts';
import { checkTargetPath } from './file-names.ts';
import type { MetaFile } from './meta-file.ts';
import type { TargetFile } from './target-file.ts';
import type { Targets } from './targets.ts';
import type { TrustedMetadata } from './trusted-metadata.ts';

/** A role that the search cannot go on without: give its bytes to `updateDelegatedTargets(bytes, role, parent)`. */
export interface RoleRequest {
  readonly role: string;
  readonly parent: Verified<Targets>;
  /** What the snapshot says of it. */
  readonly meta: MetaFile;
}

export interface FoundTarget extends TargetFile {
  /** From `targets` down to the role that lists the file. */
  readonly roles: readonly string[];
}

/**
 * Searches the delegations in pre-order, each role once; a terminating delegation ends the search with its own subtree.
 * Yields each role that is not loaded yet and goes on once the caller has loaded it.
 *
 * ```ts
 * const search = findTarget(trusted, 'noarch/repodata.json');
 * let step = search.next();
 * for (; !step.done; step = search.next()) trusted.updateDelegatedTargets(load(step.value), step.value.role, step.value.parent);
 * const target = step.value;
 * ```
 *
 * @returns undefined where no role lists the path
 * @throws VerificationError `unsafe-name` for a path that could lead out of its folder; `missing` for a role that the
 * snapshot does not name; `not-listed` where the limit of roles is reached before the end.
 * @see https://theupdateframework.github.io/specification/v1.0.34/#update-targets (step 5.6.7)
 */
export function* findTarget(
  trusted: TrustedMetadata,
  path: string,
): Generator<RoleRequest, Verified<FoundTarget> | undefined, void> {
  checkTargetPath(path);
  const { targets, env } = trusted;
  if (targets === undefined) throw new UsageError('usage', 'updateTargets() comes before a search for a target');
  const { maxDelegations } = env.limits;
  const visited = new Set<string>();
  const stack: Visit[] = [{ role: 'targets', parent: undefined, from: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { role, parent } = next;
    if (visited.has(role)) continue;
    if (visited.size > maxDelegations) {
      throw new VerificationError(
        'not-listed',
        `${path} is listed by none of the first ${maxDelegations} delegated roles; no more are searched`,
        { details: { path } },
      );
    }
    visited.add(role);
    if (parent !== undefined && trusted.delegatedTargets(role, parent) === undefined) {
      yield { role, parent, meta: trusted.metaOf(role) };
    }
    const current = parent === undefined ? targets : trusted.delegatedTargets(role, parent);
    if (current === undefined) throw new UsageError('usage', `the search was resumed before role ${role} was loaded`);
    const found = current.targets.get(path);
    if (found !== undefined) return mintVerified({ ...found, roles: wayTo(next) });
    const children: Visit[] = [];
    for (const child of current.delegations?.rolesFor(path, env.crypto) ?? []) {
      if (!visited.has(child.name)) children.push({ role: child.name, parent: current, from: next });
      if (child.terminating) {
        stack.length = 0;
        break;
      }
      // So many are over the limit whatever they hold: the rest is not reached, and need not be kept.
      if (visited.size + children.length > maxDelegations + 1) break;
    }
    // One by one: a role may delegate to more than a call takes as arguments.
    for (const child of children.reverse()) stack.push(child);
  }
  return undefined;
}

/** A role to be searched, and the one that delegates to it. */
interface Visit {
  readonly role: string;
  readonly parent: Verified<Targets> | undefined;
  readonly from: Visit | undefined;
}

function wayTo(visit: Visit): string[] {
  const roles: string[] = [];
  for (let at: Visit | undefined = visit; at !== undefined; at = at.from) roles.unshift(at.role);
  return roles;
}
