/**
 * The publication in which keys change hands. Targets, snapshot and timestamp are signed by the old keys and by the new
 * ones, and stand before the root that no longer names the old: a client is served what its root vouches for at any moment.
 */
import {
  buildHashBins,
  buildRoot,
  type DelegationFields,
  JsonNumber,
  type JsonValue,
  type RoleKeys,
  type Signer,
  signTuf,
  type TufType,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import type { BinChange } from '../bins/bin-changes.ts';
import { type NextBins, nextBins } from '../bins/next-bins.ts';
import { BINS } from '../bins/own-bins.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { withFiles } from '../channel/published-targets.ts';
import type { Standing } from '../channel/standing.ts';
import type { PublisherEnv } from '../operations.ts';
import { type Edition, type MetadataFile, type SignedRole, signEdition, underHashes } from '../publication/edition.ts';
import { signDelegated } from './delegated-signing.ts';
import { delegatedKeys, type KeyChanges, keysAfter, tufKeys } from './key-change.ts';
import { reissue } from './reissue.ts';
import { rekeyedChain } from './rekeyed-chain.ts';
import { handOver, heldOf, requireHeld } from './role-signers.ts';
import { signTargets } from './targets-signing.ts';
import { settleYanks } from './yank-lists.ts';

export interface Rekeyed {
  readonly edition: Edition;
  /** All hash bins, where their keys change. */
  readonly bins: NextBins | undefined;
  /** Roles of adopted chains whose keys others hold, and who go on with theirs. `cct/root` */
  readonly heldElsewhere: readonly string[];
}

type RootKeys = Readonly<Record<TufType, RoleKeys>>;

/**
 * @param keys those at hand, the new ones among them
 * @throws StoreError `key-missing`
 * @throws UsageError `usage` for a threshold that the keys of a role cannot meet
 */
export async function rekeyedEdition(
  standing: Standing,
  changes: KeyChanges,
  keys: RoleSigners,
  { now, progress }: Pick<PublisherEnv, 'now' | 'progress'>,
): Promise<Rekeyed> {
  const { own, chains } = standing;
  const before = mapRoles((role) => tufKeys(own.root.roles[role], own.root.keys));
  const after = mapRoles((role) => keysAfter(role, before[role], changes));
  const rekeyed = new Map<string, RoleKeys>();
  for (const role of own.delegated.keys()) {
    const keysBefore = delegatedKeys(own, role);
    const next = keysAfter(role, keysBefore, changes);
    if (next !== keysBefore) rekeyed.set(role, next);
  }
  const isChanged = (role: TufType) => after[role] !== before[role];

  const offline: MetadataFile[] = [];
  const online: MetadataFile[] = [];
  const heldElsewhere: string[] = [];
  for (const chain of chains) {
    const files = await rekeyedChain(chain, changes, keys, now);
    offline.push(...files.offline);
    online.push(...files.online);
    heldElsewhere.push(...files.heldElsewhere);
  }
  const roles: SignedRole[] = [];
  const members = new Map<string, Readonly<Record<string, JsonValue>>>();
  const lists: MetadataFile[] = [];
  if (isChanged('targets') || rekeyed.size > 0 || offline.length > 0) {
    const yanks = await settleYanks(own, keys, now);
    const delegations = new Map<string, RoleKeys | DelegationFields>([...yanks.delegations, ...rekeyed]);
    const signers = handOver('targets', before.targets, after.targets, keys);
    roles.push(await signTargets(own, { files: [...offline, ...yanks.offline], delegations }, { signers, now }));
    roles.push(...yanks.first);
    lists.push(...yanks.lists);
    for (const [role, changed] of yanks.members) members.set(role, changed);
  }
  if (online.length > 0) members.set('index', { targets: withFiles(own.index, online) });
  for (const role of own.delegated.keys()) {
    const next = rekeyed.get(role);
    if (next !== undefined && role === BINS && own.bins !== undefined) {
      members.set(role, { delegations: buildHashBins({ ...own.bins, ...next }, nodeCrypto) });
    }
    if (next === undefined && !members.has(role)) continue;
    const signers = requireHeld(role, next ?? delegatedKeys(own, role), keys);
    roles.push(await signDelegated(own, role, members.get(role) ?? {}, keys, now, signers));
  }
  const binKeys = rekeyed.get(BINS);
  const bins = binKeys && rekeyedBins(own, requireHeld(BINS, binKeys, keys), { now, progress });
  const signed = await signEdition(
    own,
    {
      roles,
      ...(bins === undefined ? {} : { bins: bins.versions }),
      ...(isChanged('snapshot') ? { snapshot: 'renew' } : {}),
      signers: {
        ...(isChanged('snapshot') ? { snapshot: handOver('snapshot', before.snapshot, after.snapshot, keys) } : {}),
        ...(isChanged('timestamp')
          ? { timestamp: handOver('timestamp', before.timestamp, after.timestamp, keys) }
          : {}),
      },
    },
    keys,
    now,
  );
  const roots = ROLES.some(isChanged) ? await signRoots(own, before, after, keys, now) : [];
  // Where a bridge is needed, clients must be on it before what only the new keys signed is there.
  const bridges = roots.slice(0, -1);
  const edition = [...underHashes([...offline, ...online, ...lists]), ...bridges, ...signed, ...roots.slice(-1)];
  return { edition, bins, heldElsewhere };
}

function rekeyedBins(
  own: OwnMetadata,
  signers: readonly Signer[],
  env: Pick<PublisherEnv, 'now' | 'progress'>,
): NextBins | undefined {
  if (own.bins === undefined) return undefined;
  const all = new Map(own.bins.versions.map((_, number): [number, BinChange] => [number, new Map()]));
  return nextBins(own, own.bins, all, { ...env, signers });
}

const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

function mapRoles(keysOf: (role: TufType) => RoleKeys): RootKeys {
  const [root, targets, snapshot, timestamp] = ROLES.map(keysOf) as [RoleKeys, RoleKeys, RoleKeys, RoleKeys];
  return { root, targets, snapshot, timestamp };
}

/**
 * The next root; where too few of the old keys of a role below it are left to sign once more, another one before it, which
 * takes that role from the old keys and from the new ones.
 */
async function signRoots(
  own: OwnMetadata,
  before: RootKeys,
  after: RootKeys,
  keys: RoleSigners,
  now: number,
): Promise<SignedRole[]> {
  const lost = ROLES.filter(
    (role) => after[role] !== before[role] && heldOf(role, before[role], keys).length < before[role].threshold,
  );
  if (lost.includes('root')) requireHeld('root', before.root, keys);
  const bridge = mapRoles((role) => (lost.includes(role) ? either(before[role], after[role]) : before[role]));
  const steps = lost.length > 0 ? [bridge, after] : [after];
  const files = [];
  for (const [at, roles] of steps.entries()) {
    const version = own.root.version + 1 + at;
    const built = buildRoot({ version, expires: now, consistentSnapshot: true, roles }, nodeCrypto);
    const changes = {
      version: JsonNumber.ofInteger(version),
      keys: built.get('keys') ?? null,
      roles: built.get('roles') ?? null,
    };
    const signers = handOver('root', before.root, roles.root, keys);
    const bytes = await signTuf(reissue('root', own.root, now, changes), signers, nodeCrypto);
    files.push({ role: 'root', path: `tuf/${version}.root.json`, version, bytes });
  }
  return files;
}

/** What the one of them signed is good, and what the other did. */
function either(one: RoleKeys, other: RoleKeys): RoleKeys {
  const keys = new Map([...one.keys, ...other.keys].map((key) => [key.material, key]));
  return { keys: [...keys.values()], threshold: Math.min(one.threshold, other.threshold) };
}
