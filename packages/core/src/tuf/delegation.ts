/** Who may sign a targets role, and which file says so. */
import { VerificationError } from '../errors.ts';
import type { Verified } from '../verified.ts';
import { roleFileName } from './file-names.ts';
import type { Role } from './role.ts';
import type { Root } from './root.ts';
import type { Targets } from './targets.ts';
import type { TufKey } from './tuf-key.ts';

export interface Delegation {
  readonly holder: Role;
  readonly keys: ReadonlyMap<string, TufKey>;
  /** `2.root.json` */
  readonly delegator: string;
}

/** The root's own delegation, to the role `targets`. */
export function topLevelTargets({ keys, roles, version }: Verified<Root>): Delegation {
  return { holder: roles.targets, keys, delegator: `${version}.root.json` };
}

/** @throws VerificationError `missing` where the parent delegates to no such role */
export function delegationOf(role: string, { role: parent, delegations }: Verified<Targets>): Delegation {
  const holder = delegations?.role(role);
  if (delegations !== undefined && holder !== undefined) {
    return { holder, keys: delegations.keys, delegator: roleFileName(parent) };
  }
  throw new VerificationError('missing', `${roleFileName(parent)} does not delegate to ${JSON.stringify(role)}`);
}
