/** To whom a targets role delegates which paths. */
import { MalformedError } from '../errors.ts';
import { expectArray, expectBoolean, expectObject, expectString, member, optionalMember } from '../json/access.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import type { CryptoPort } from '../ports.ts';
import { binName, binNumber, binOfDigest, type HashBins, parseBins } from './hash-bins.ts';
import { PathPattern } from './path-pattern.ts';
import { parseRole, type Role } from './role.ts';
import { parseKeys, type TufKey } from './tuf-key.ts';

export interface DelegatedRole extends Role {
  readonly name: string;
  /** Whether a search that comes here goes to no later sibling. */
  readonly terminating: boolean;
}

type Paths =
  | { readonly patterns: readonly PathPattern[] }
  /** Hex beginnings of the SHA-256 of the path. */
  | { readonly hashPrefixes: readonly string[] };

const TOP_LEVEL: ReadonlySet<string> = new Set(['root', 'timestamp', 'snapshot', 'targets']);

export class Delegations {
  readonly raw: JsonObject;
  readonly keys: ReadonlyMap<string, TufKey>;
  readonly #roles: ReadonlyMap<string, DelegatedRole & { readonly paths: Paths }>;
  /** Those that are delegated to in place of roles that are named one by one. */
  readonly bins: HashBins | undefined;

  /**
   * @throws MalformedError
   * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-targets
   */
  constructor(value: JsonValue, where: string) {
    this.raw = expectObject(value, `${where}: \`delegations\``);
    this.keys = parseKeys(member(this.raw, 'keys', where), `${where}: \`delegations\``);
    const roles = optionalMember(this.raw, 'roles');
    const bins = optionalMember(this.raw, 'succinct_roles');
    if ((roles === undefined) === (bins === undefined)) {
      throw new MalformedError(`${where}: \`delegations\` must have either \`roles\` or \`succinct_roles\``);
    }
    this.#roles = roles === undefined ? new Map() : parseRoles(roles, where);
    this.bins = bins === undefined ? undefined : parseBins(bins, where);
  }

  /** Those that are named one by one, in order of appearance: not hash bins, which may be 2^32. */
  get named(): Iterable<DelegatedRole> {
    return this.#roles.values();
  }

  /** The delegated role of that name, whatever its paths. */
  role(name: string): DelegatedRole | undefined {
    if (this.bins === undefined) return this.#roles.get(name);
    const number = binNumber(name, this.bins);
    return number === undefined ? undefined : bin(number, this.bins);
  }

  /** Those that path patterns delegate to, and the patterns, in order of appearance. */
  *byPattern(): Generator<{ readonly role: DelegatedRole; readonly patterns: readonly PathPattern[] }> {
    for (const role of this.#roles.values()) {
      if ('patterns' in role.paths) yield { role, patterns: role.paths.patterns };
    }
  }

  /** The roles that may speak of a target path, in order of appearance. */
  *rolesFor(path: string, crypto: CryptoPort): Generator<DelegatedRole> {
    const digest = () => crypto.createHash('sha256').update(new TextEncoder().encode(path)).digest();
    if (this.bins !== undefined) yield bin(binOfDigest(digest(), this.bins.bitLength), this.bins);
    const parts = path.split('/');
    // Only where a role goes by hashes: a caller may ask for each of a million packages.
    let hex: string | undefined;
    for (const role of this.#roles.values()) {
      const { paths } = role;
      if ('patterns' in paths) {
        if (paths.patterns.some((pattern) => pattern.matches(parts))) yield role;
        continue;
      }
      hex ??= bytesToHex(digest());
      const hash = hex;
      if (paths.hashPrefixes.some((prefix) => hash.startsWith(prefix))) yield role;
    }
  }
}

function parseRoles(value: JsonValue, where: string): Map<string, DelegatedRole & { readonly paths: Paths }> {
  const roles = new Map<string, DelegatedRole & { readonly paths: Paths }>();
  for (const entry of expectArray(value, `${where}: \`roles\``)) {
    const raw = expectObject(entry, `${where}: a delegated role`);
    const name = expectString(member(raw, 'name', `${where}: a delegated role`), `${where}: \`name\``);
    const at = `${where}: role ${JSON.stringify(name)}`;
    if (name === '' || TOP_LEVEL.has(name)) throw new MalformedError(`${at} is no name for a delegated role`);
    if (roles.has(name)) throw new MalformedError(`${at} is delegated to twice`);
    const terminating = expectBoolean(member(raw, 'terminating', at), `${at}: \`terminating\``);
    roles.set(name, { ...parseRole(raw, at), name, terminating, paths: parsePaths(raw, at) });
  }
  return roles;
}

function parsePaths(raw: JsonObject, where: string): Paths {
  const patterns = optionalMember(raw, 'paths');
  const hashPrefixes = optionalMember(raw, 'path_hash_prefixes');
  if (patterns !== undefined && hashPrefixes === undefined)
    return { patterns: strings(patterns, `${where}: \`paths\``).map((text) => new PathPattern(text)) };
  if (hashPrefixes !== undefined && patterns === undefined) {
    return { hashPrefixes: strings(hashPrefixes, `${where}: \`path_hash_prefixes\``) };
  }
  throw new MalformedError(`${where} must have either \`paths\` or \`path_hash_prefixes\``);
}

function strings(value: JsonValue, where: string): string[] {
  return expectArray(value, where).map((entry) => expectString(entry, where));
}

function bin(number: number, bins: HashBins): DelegatedRole {
  return { name: binName(number, bins), keyIds: bins.keyIds, threshold: bins.threshold, terminating: true };
}
