/** The roles of a channel as a person looks at them: who signs each, and how long it is good for. */
import type { CctDelegation } from './cct/delegation.ts';
import type { CctKeyMgr, CctMetadata, CctRoot } from './cct/metadata.ts';
import type { RecordChain } from './cct/record-chain.ts';
import { formatTimestamp } from './time.ts';
import type { Role } from './tuf/role.ts';
import type { Root } from './tuf/root.ts';
import type { Signed } from './tuf/signed.ts';
import type { Snapshot } from './tuf/snapshot.ts';
import type { Targets } from './tuf/targets.ts';
import type { Timestamp } from './tuf/timestamp.ts';

/** One role of TUF, or of a chain of record signatures: `cct/root`. */
export interface RoleStatus {
  readonly name: string;
  readonly version: number;
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly expires: string;
  /** Whole days, rounded down; negative once expired. */
  readonly daysLeft: number;
  readonly threshold: number;
  /** Key ids; in a chain of record signatures public keys, both hex. */
  readonly keys: readonly string[];
  /** How many hash bins the role delegates to, where it does: `expires` is that of the first of them to expire. */
  readonly bins?: number;
}

/** The metadata of one publication. */
export interface TufRoles {
  readonly root: Root;
  readonly targets: Targets;
  readonly snapshot: Snapshot;
  readonly timestamp: Timestamp;
  /** Roles that `targets` delegates to. */
  readonly delegated: readonly Targets[];
}

export interface ChainRoles {
  readonly root: CctRoot;
  readonly keyMgr: CctKeyMgr;
  /** In a chain that has it as a file. */
  readonly pkgMgr?: CctMetadata | undefined;
}

const DAY_MS = 86_400_000;

/** @param now ms since the epoch */
export function tufRoleStatuses(
  { root, targets, snapshot, timestamp, delegated }: TufRoles,
  now: number,
): RoleStatus[] {
  return [
    status('root', root, root.roles.root, now),
    status('targets', targets, root.roles.targets, now),
    ...delegated.map((role) => {
      const delegation = targets.delegations?.role(role.role) ?? { keyIds: [], threshold: 1 };
      return status(role.role, role, delegation, now);
    }),
    status('snapshot', snapshot, root.roles.snapshot, now),
    status('timestamp', timestamp, root.roles.timestamp, now),
  ];
}

/** @param now ms since the epoch */
export function chainRoleStatuses({ name }: RecordChain, roles: ChainRoles, now: number): RoleStatus[] {
  const { root, keyMgr, pkgMgr } = roles;
  return [
    chainStatus(`${name}/root`, root, root.root, now),
    chainStatus(`${name}/key_mgr`, keyMgr, root.keyMgr, now),
    ...(pkgMgr === undefined ? [] : [chainStatus(`${name}/pkg_mgr`, pkgMgr, keyMgr.pkgMgr, now)]),
  ];
}

function status(name: string, signed: Signed, { threshold, keyIds }: Role, now: number): RoleStatus {
  return { name, ...health(signed, now), threshold, keys: keyIds };
}

function chainStatus(name: string, metadata: CctMetadata, { threshold, keys }: CctDelegation, now: number): RoleStatus {
  return { name, ...health(metadata, now), threshold, keys: [...keys.keys()] };
}

function health({ version, expires }: { version: number; expires: number }, now: number) {
  return { version, expires: formatTimestamp(expires), daysLeft: Math.floor((expires - now) / DAY_MS) };
}
