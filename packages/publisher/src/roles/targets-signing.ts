/** The next version of the offline targets role. */
import {
  buildTargets,
  type JsonObject,
  type JsonValue,
  type RoleKeys,
  type Signer,
  StoreError,
  signTuf,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { factsOf, targetsMember } from '../channel/published-targets.ts';
import type { MetadataFile } from '../publication/edition.ts';
import { reissue } from './reissue.ts';

interface Signing {
  readonly signers: readonly Signer[];
  readonly now: number;
}

/** The next targets, which lists these files of chains besides, and delegates `index` to other keys where they are given. */
export async function signTargets(
  own: OwnMetadata,
  chains: readonly MetadataFile[],
  index: RoleKeys | undefined,
  { signers, now }: Signing,
) {
  const version = own.targets.version + 1;
  const listed = own.targets.raw.get('targets');
  const targets: JsonObject = new Map([
    ...(listed instanceof Map ? listed : []),
    ...targetsMember(chains.map(({ path, bytes }) => factsOf(path, bytes))),
  ]);
  const delegations = index === undefined ? {} : { delegations: delegatedTo(own, index) };
  const bytes = await signTuf(reissue('targets', own.targets, now, { targets, ...delegations }), signers, nodeCrypto);
  return { path: `tuf/${version}.targets.json`, version, bytes };
}

/** The delegations of targets as they are, but for the keys of `index`. */
function delegatedTo(own: OwnMetadata, index: RoleKeys): JsonObject {
  const { delegations } = own.targets;
  const roles = delegations?.raw.get('roles');
  if (delegations === undefined || !Array.isArray(roles)) {
    throw new StoreError('store-corrupt', `${own.folder}: targets delegates to no index`);
  }
  const fields = { name: 'index', ...index, paths: [], terminating: false };
  const built = buildTargets({ version: 1, expires: 0, targets: [], delegations: [fields] }, nodeCrypto);
  const made = built.get('delegations') as JsonObject;
  const [madeRole] = made.get('roles') as JsonObject[];
  const next = roles.map((role: JsonValue) => {
    if (!(role instanceof Map) || role.get('name') !== 'index' || madeRole === undefined) return role;
    return new Map([...role, ...[...madeRole].filter(([member]) => member === 'keyids' || member === 'threshold')]);
  });
  const isNamed = ([id]: [string, JsonValue]) =>
    next.some((role) => role instanceof Map && (role.get('keyids') as JsonValue[]).includes(id));
  const known = [...(delegations.raw.get('keys') as JsonObject), ...(made.get('keys') as JsonObject)];
  return new Map<string, JsonValue>([...delegations.raw, ['keys', new Map(known.filter(isNamed))], ['roles', next]]);
}
