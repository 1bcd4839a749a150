/** Which roles a channel has, how many keys sign each, and how long each lasts. */
import { RECORD_CHAINS, type RecordChain, type RecordClient, UsageError } from '@antivenom/core';
import type { RoleSigners } from '@antivenom/signers';

/** Roles that have keys of their own. `root` signs the roots of TUF and of conda-content-trust; mamba's chain shares no key. */
export const OFFLINE_ROLES = ['root', 'targets', 'key_mgr', 'mamba_root', 'mamba_key_mgr'] as const;
export const ONLINE_ROLES = ['index', 'yank', 'bins', 'snapshot', 'timestamp', 'pkg_mgr', 'mamba_pkg_mgr'] as const;
export type KeyedRole = (typeof OFFLINE_ROLES)[number] | (typeof ONLINE_ROLES)[number];

/** Whether the keys of a role of that name lie in `online`, in every channel. */
export function isOnlineRole(role: string): boolean {
  return (ONLINE_ROLES as readonly string[]).includes(role);
}

/** Whose keys sign in a chain of record signatures: its root, its key_mgr, and records. */
export interface ChainKeys {
  readonly root: KeyedRole;
  readonly keyMgr: KeyedRole;
  readonly pkgMgr: KeyedRole;
}

export const CHAIN_KEYS: Readonly<Record<RecordClient, ChainKeys>> = {
  conda: { root: 'root', keyMgr: 'key_mgr', pkgMgr: 'pkg_mgr' },
  mamba: { root: 'mamba_root', keyMgr: 'mamba_key_mgr', pkgMgr: 'mamba_pkg_mgr' },
};

/** Whether every channel that signs records for these clients needs keys for the role. */
export function isKeyed(role: KeyedRole, clients: readonly RecordClient[]): boolean {
  if (role === 'root') return true;
  // A channel may have hash bins, whoever its records are signed for.
  if (role === 'bins') return false;
  const users = RECORD_CHAINS.filter(({ client }) => Object.values(CHAIN_KEYS[client]).includes(role));
  return users.length === 0 || users.some(({ client }) => clients.includes(client));
}

/** So many of so many keys must sign. */
export interface RoleKeysPlan {
  readonly keys: number;
  readonly threshold: number;
}

export const DEFAULT_ROLE_KEYS: Readonly<Record<KeyedRole, RoleKeysPlan>> = {
  root: { keys: 3, threshold: 2 },
  targets: { keys: 3, threshold: 2 },
  key_mgr: { keys: 3, threshold: 2 },
  index: { keys: 1, threshold: 1 },
  yank: { keys: 1, threshold: 1 },
  bins: { keys: 1, threshold: 1 },
  snapshot: { keys: 1, threshold: 1 },
  timestamp: { keys: 1, threshold: 1 },
  pkg_mgr: { keys: 1, threshold: 1 },
  mamba_root: { keys: 3, threshold: 2 },
  mamba_key_mgr: { keys: 3, threshold: 2 },
  mamba_pkg_mgr: { keys: 1, threshold: 1 },
};

export type TufRole = 'root' | 'targets' | 'yank' | 'index' | 'bins' | 'snapshot' | 'timestamp';

/** Metadata that expires. conda's `pkg_mgr` is a key in key_mgr's metadata and has none. */
export type LifetimeRole = TufRole | `${RecordChain['name']}/${'root' | 'key_mgr'}` | 'mamba/pkg_mgr';

export const DEFAULT_LIFETIME_DAYS: Readonly<Record<LifetimeRole, number>> = {
  root: 365,
  targets: 365,
  'cct/root': 365,
  'cct/key_mgr': 365,
  'mamba/root': 365,
  'mamba/key_mgr': 365,
  'mamba/pkg_mgr': 7,
  index: 7,
  yank: 7,
  // Nothing of theirs is fresher than the snapshot that names them; thousands are signed anew, some at a time.
  bins: 90,
  snapshot: 7,
  timestamp: 3,
};

export const DAY_MS = 86_400_000;
const MAX_KEYS = 100;
export const MAX_DAYS = 36_500;

/** The plan of every role: the defaults, and what the owner wants otherwise. */
export interface CeremonyPlan {
  readonly keys: Readonly<Record<KeyedRole, RoleKeysPlan>>;
  readonly lifetimeDays: Readonly<Record<LifetimeRole, number>>;
}

/** @throws UsageError `usage` for a threshold that can never be met, or a lifetime that is no number of days. */
export function planCeremony(
  roleKeys: Partial<Readonly<Record<KeyedRole, RoleKeysPlan>>> = {},
  lifetimeDays: Partial<Readonly<Record<LifetimeRole, number>>> = {},
): CeremonyPlan {
  const plan = {
    keys: { ...DEFAULT_ROLE_KEYS, ...roleKeys },
    lifetimeDays: { ...DEFAULT_LIFETIME_DAYS, ...lifetimeDays },
  };
  for (const [role, { keys, threshold }] of Object.entries(plan.keys)) {
    if (!isCount(keys, MAX_KEYS) || !isCount(threshold, keys)) {
      throw new UsageError('usage', `${role}: ${threshold} of ${keys} keys cannot sign`, {
        hint: `Ask for 1 to ${MAX_KEYS} keys, and a threshold from 1 to as many.`,
      });
    }
  }
  for (const [role, days] of Object.entries(plan.lifetimeDays)) {
    if (!isCount(days, MAX_DAYS)) {
      throw new UsageError('usage', `${role}: the days until expiry must be a whole number from 1 to ${MAX_DAYS}`);
    }
  }
  return plan;
}

/** The keys that a ceremony made for a role, with the threshold that its plan asks for. */
export function plannedKeys(role: KeyedRole, keys: RoleSigners, plan: CeremonyPlan) {
  return { keys: (keys.get(role) ?? []).map(({ publicKey }) => publicKey), threshold: plan.keys[role].threshold };
}

function isCount(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}
