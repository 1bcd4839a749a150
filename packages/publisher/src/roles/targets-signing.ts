/** The next version of the offline targets role. */
import {
  buildTargets,
  type DelegationFields,
  expectArray,
  expectObject,
  type JsonObject,
  type JsonValue,
  member,
  object,
  optionalMember,
  type RoleKeys,
  type Signer,
  signTuf,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { withFiles } from '../channel/published-targets.ts';
import type { MetadataFile, SignedRole } from '../publication/edition.ts';
import { reissue } from './reissue.ts';

interface Signing {
  readonly signers: readonly Signer[];
  readonly now: number;
}

export interface TargetsChanges {
  /** Files that it lists besides, or in place of earlier ones. */
  readonly files?: readonly MetadataFile[];
  /** By role: other keys for one that it delegates to, a delegation that is new or in place of another; `undefined`: none any more. */
  readonly delegations?: ReadonlyMap<string, RoleKeys | DelegationFields | undefined>;
}

export async function signTargets(
  own: OwnMetadata,
  { files = [], delegations = new Map() }: TargetsChanges,
  { signers, now }: Signing,
): Promise<SignedRole> {
  const version = own.targets.version + 1;
  const members = {
    targets: withFiles(own.targets, files),
    ...(delegations.size === 0 ? {} : { delegations: delegationsWith(own, delegations) }),
  };
  const bytes = await signTuf(reissue('targets', own.targets, now, members), signers, nodeCrypto);
  return { role: 'targets', version, path: `tuf/${version}.targets.json`, bytes };
}

/** The delegations of targets as they are, but for those that change. */
function delegationsWith(
  { targets }: OwnMetadata,
  changes: ReadonlyMap<string, RoleKeys | DelegationFields | undefined>,
) {
  const where = 'targets.json';
  const before = targets.delegations?.raw ?? new Map<string, JsonValue>();
  const roles = new Map<string, JsonObject>();
  for (const entry of expectArray(optionalMember(before, 'roles') ?? [], where)) {
    const role = expectObject(entry, where);
    roles.set(nameOf(role), role);
  }
  const keys = new Map(expectObject(optionalMember(before, 'keys') ?? new Map(), where));
  for (const [name, change] of changes) {
    if (change === undefined) {
      roles.delete(name);
      continue;
    }
    const made = madeDelegation(name, change);
    for (const [id, key] of made.keys) keys.set(id, key);
    const known = roles.get(name);
    roles.set(name, known === undefined || 'paths' in change ? made.role : withKeys(known, made.role));
  }
  const sorted = [...roles.values()].sort((a, b) => rankOf(a) - rankOf(b));
  const named = new Set(sorted.flatMap((role) => expectArray(member(role, 'keyids', where), where)));
  return new Map<string, JsonValue>([
    ...before,
    ['keys', new Map([...keys].filter(([id]) => named.has(id)))],
    ['roles', sorted],
  ]);
}

function madeDelegation(name: string, change: RoleKeys | DelegationFields) {
  const fields = { paths: [], terminating: false, ...change, name };
  const built = buildTargets({ version: 1, expires: 0, targets: [], delegations: [fields] }, nodeCrypto);
  const made = expectObject(built.get('delegations') ?? null, name);
  const [role] = expectArray(member(made, 'roles', name), name);
  return { keys: expectObject(member(made, 'keys', name), name), role: expectObject(role ?? null, name) };
}

function withKeys(role: JsonObject, made: JsonObject): JsonObject {
  return new Map([...role, ...object([...made].filter(([name]) => name === 'keyids' || name === 'threshold'))]);
}

/**
 * The order in which delegations are searched: those that keep everybody else from what is theirs, then the list of what was
 * taken back, the indexes, and at last whoever speaks of anything.
 */
function rankOf(role: JsonObject): number {
  if (role.get('terminating') === true) return 0;
  const at = ['yank', 'index'].indexOf(nameOf(role));
  return at < 0 ? 3 : at + 1;
}

function nameOf(role: JsonObject): string {
  return String(role.get('name'));
}
