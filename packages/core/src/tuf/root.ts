/** Root metadata: the keys and thresholds of the four top-level roles. */
import { expectBoolean, expectObject, member, optionalMember } from '../json/access.ts';
import type { JsonObject } from '../json/value.ts';
import { parseRole, type Role } from './role.ts';
import { parseSigned, type Signed, type TufType } from './signed.ts';
import { parseKeys, type TufKey } from './tuf-key.ts';

export interface Root extends Signed {
  /** Whether metadata and targets stand under versioned and hash-prefixed names; false where it is not stated. */
  readonly consistentSnapshot: boolean;
  readonly keys: ReadonlyMap<string, TufKey>;
  readonly roles: Readonly<Record<TufType, Role>>;
}

/**
 * @throws MalformedError
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-root
 */
export function parseRoot(raw: JsonObject, where: string): Root {
  const signed = parseSigned(raw, 'root', where);
  const consistentSnapshot = optionalMember(raw, 'consistent_snapshot');
  const roles = expectObject(member(raw, 'roles', where), `${where}: \`roles\``);
  const role = (name: TufType): Role => {
    const at = `${where}: role ${name}`;
    return parseRole(expectObject(member(roles, name, `${where}: \`roles\``), at), at);
  };
  return {
    ...signed,
    consistentSnapshot:
      consistentSnapshot !== undefined && expectBoolean(consistentSnapshot, `${where}: \`consistent_snapshot\``),
    keys: parseKeys(member(raw, 'keys', where), where),
    roles: { root: role('root'), timestamp: role('timestamp'), snapshot: role('snapshot'), targets: role('targets') },
  };
}

/**
 * Whether the timestamp or snapshot keys of two successive roots differ, in any key. Then both stored files are to be
 * deleted: their versions may be those of a thief who ran far ahead, and nothing newer could ever follow.
 *
 * @see https://theupdateframework.github.io/specification/v1.0.34/#update-root (step 5.3.11)
 */
export function keysRotated(before: Root, after: Root): boolean {
  return (['timestamp', 'snapshot'] as const).some((name) => {
    const old = materials(before, name);
    const now = materials(after, name);
    return old.size !== now.size || [...old].some((material) => !now.has(material));
  });
}

function materials(root: Root, name: TufType): Set<string> {
  // A key that cannot be used is known by its id alone.
  return new Set(root.roles[name].keyIds.map((keyId) => root.keys.get(keyId)?.publicKey?.material ?? `id:${keyId}`));
}
