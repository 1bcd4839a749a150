/** The signed part of the four types of metadata, as our publisher writes them. */
import { object } from '../json/build.ts';
import { JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { CryptoPort } from '../ports.ts';
import { formatTimestamp } from '../time.ts';
import type { FileDigest, Hashes } from './digests.ts';
import type { Binning } from './hash-bins.ts';
import type { MetaFile } from './meta-file.ts';
import type { TufType } from './signed.ts';
import { keyId, tufKeyObject } from './tuf-key.ts';

export const TUF_SPEC_VERSION = '1.0.34';

/** Version from 1 on; expiry in ms since the epoch, whole seconds counted. */
export interface SignedFields {
  readonly version: number;
  readonly expires: number;
}

/** The keys of a role, and how many of them must sign. */
export interface RoleKeys {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

export interface RootFields extends SignedFields {
  readonly consistentSnapshot: boolean;
  readonly roles: Readonly<Record<TufType, RoleKeys>>;
}

export interface TimestampFields extends SignedFields {
  readonly snapshot: MetaFile;
}

export interface SnapshotFields extends SignedFields {
  /** By role name: `targets`, `index`, … */
  readonly roles: ReadonlyMap<string, MetaFile>;
}

/** A file to list: path, length in bytes, hashes. */
export interface TargetFields {
  readonly path: string;
  readonly length: number;
  readonly hashes: Hashes;
  readonly custom?: JsonObject;
}

export interface DelegationFields extends RoleKeys {
  readonly name: string;
  readonly paths: readonly string[];
  readonly terminating: boolean;
}

/** 2^bitLength delegated roles that share their keys. */
export interface HashBinsFields extends RoleKeys, Binning {}

export interface TargetsFields extends SignedFields {
  readonly targets: Iterable<TargetFields>;
  /** In the order in which they are to be searched. Left out: none. */
  readonly delegations?: readonly DelegationFields[];
  /** In place of `delegations`. */
  readonly bins?: HashBinsFields;
}

export function buildRoot(fields: RootFields, crypto: CryptoPort): JsonObject {
  const { root, timestamp, snapshot, targets } = fields.roles;
  const roles = { root, timestamp, snapshot, targets };
  return object([
    ...header('root', fields),
    ['consistent_snapshot', fields.consistentSnapshot],
    ['keys', keyObjects(Object.values(roles), crypto)],
    ['roles', object(Object.entries(roles).map(([name, role]) => [name, object(roleMembers(role, crypto))]))],
  ]);
}

export function buildTimestamp(fields: TimestampFields): JsonObject {
  return object([...header('timestamp', fields), ['meta', object([['snapshot.json', metaFile(fields.snapshot)]])]]);
}

export function buildSnapshot(fields: SnapshotFields): JsonObject {
  const meta = [...fields.roles].map(([role, file]): [string, JsonValue] => [`${role}.json`, metaFile(file)]);
  return object([...header('snapshot', fields), ['meta', object(meta)]]);
}

export function buildTargets(fields: TargetsFields, crypto: CryptoPort): JsonObject {
  const targets = [...fields.targets].map((target): [string, JsonValue] => [
    target.path,
    object([...digestMembers(target), ...(target.custom === undefined ? [] : [['custom', target.custom] as Member])]),
  ]);
  const members: Member[] = [...header('targets', fields), ['targets', object(targets)]];
  if (fields.delegations !== undefined) members.push(['delegations', delegations(fields.delegations, crypto)]);
  if (fields.bins !== undefined) members.push(['delegations', buildHashBins(fields.bins, crypto)]);
  return object(members);
}

/** The member `delegations` of a role that delegates to hash bins. */
export function buildHashBins(bins: HashBinsFields, crypto: CryptoPort): JsonObject {
  const succinct = object([
    ...roleMembers(bins, crypto),
    ['bit_length', JsonNumber.ofInteger(bins.bitLength)],
    ['name_prefix', bins.namePrefix],
  ]);
  return object([
    ['keys', keyObjects([bins], crypto)],
    ['succinct_roles', succinct],
  ]);
}

type Member = [string, JsonValue];

function header(type: TufType, { version, expires }: SignedFields): Member[] {
  return [
    ['_type', type],
    ['spec_version', TUF_SPEC_VERSION],
    ['version', JsonNumber.ofInteger(version)],
    ['expires', formatTimestamp(expires)],
  ];
}

function delegations(roles: readonly DelegationFields[], crypto: CryptoPort): JsonObject {
  return object([
    ['keys', keyObjects(roles, crypto)],
    [
      'roles',
      roles.map((role) =>
        object([
          ['name', role.name],
          ...roleMembers(role, crypto),
          ['terminating', role.terminating],
          ['paths', [...role.paths]],
        ]),
      ),
    ],
  ]);
}

function keyObjects(roles: readonly RoleKeys[], crypto: CryptoPort): JsonObject {
  return new Map(roles.flatMap(({ keys }) => keys.map((key): Member => [keyId(key, crypto), tufKeyObject(key)])));
}

function roleMembers({ keys, threshold }: RoleKeys, crypto: CryptoPort): Member[] {
  return [
    ['keyids', keys.map((key) => keyId(key, crypto))],
    ['threshold', JsonNumber.ofInteger(threshold)],
  ];
}

function metaFile(file: MetaFile): JsonObject {
  return object([['version', JsonNumber.ofInteger(file.version)], ...digestMembers(file)]);
}

function digestMembers({ length, hashes }: FileDigest): Member[] {
  const members: Member[] = [];
  if (length !== undefined) members.push(['length', JsonNumber.ofInteger(length)]);
  if (hashes !== undefined) members.push(['hashes', new Map<string, JsonValue>(hashes)]);
  return members;
}
