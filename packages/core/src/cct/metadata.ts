/** The signed part of CCT metadata. */
import { MalformedError } from '../errors.ts';
import { expectInteger, expectObject, expectString, member } from '../json/access.ts';
import { quoteBriefly } from '../json/quote.ts';
import type { JsonObject } from '../json/value.ts';
import { parseTimestamp } from '../time.ts';
import { type CctDelegation, parseDelegation } from './delegation.ts';

/** What every type has. `pkg_mgr` is a file for mamba alone; in conda's chain it is a delegation of `key_mgr`. */
export interface CctMetadata {
  /** All that was signed, fields unknown to us too. */
  readonly raw: JsonObject;
  /** `0.6.…` */
  readonly specVersion: string;
  /** At least 1; 0 stands for none, which CCT allows outside of root. */
  readonly version: number;
  /** ms since the epoch; in the future too, which is no reason to refuse. */
  readonly issued: number;
  /** ms since the epoch */
  readonly expires: number;
}

export interface CctRoot extends CctMetadata {
  readonly root: CctDelegation;
  readonly keyMgr: CctDelegation;
}

export interface CctKeyMgr extends CctMetadata {
  readonly pkgMgr: CctDelegation;
}

export type CctType = 'root' | 'key_mgr' | 'pkg_mgr';

/** @throws MalformedError */
export function parseCctRoot(signed: JsonObject, where: string): CctRoot {
  const { metadata, delegation } = parseMetadata(signed, 'root', where);
  if (metadata.version === 0) throw new MalformedError(`${where}: \`version\` is missing`);
  return { ...metadata, root: delegation('root'), keyMgr: delegation('key_mgr') };
}

/** @throws MalformedError */
export function parseCctKeyMgr(signed: JsonObject, where: string): CctKeyMgr {
  const { metadata, delegation } = parseMetadata(signed, 'key_mgr', where);
  return { ...metadata, pkgMgr: delegation('pkg_mgr') };
}

/**
 * Reads `pkg_mgr`, which mamba asks for: it delegates nothing, and says how long the keys that key_mgr delegates to may be used.
 *
 * @throws MalformedError
 */
export function parseCctPkgMgr(signed: JsonObject, where: string): CctMetadata {
  const { metadata } = parseMetadata(signed, 'pkg_mgr', where);
  if (metadata.version === 0) throw new MalformedError(`${where}: \`version\` is missing`);
  expectDelegations(metadata, [], where);
  return metadata;
}

/** @throws MalformedError where the metadata delegates another set of roles than these. */
export function expectDelegations({ raw }: CctMetadata, roles: readonly CctType[], where: string): void {
  const found = [...expectObject(member(raw, 'delegations', where), `${where}: \`delegations\``).keys()];
  const other = found.find((role) => !(roles as readonly string[]).includes(role));
  if (other !== undefined) throw new MalformedError(`${where} delegates ${quoteBriefly(other)}, which mamba refuses`);
}

function parseMetadata(
  raw: JsonObject,
  type: CctType,
  where: string,
): { metadata: CctMetadata; delegation: (role: CctType) => CctDelegation } {
  const text = (name: string): string => expectString(member(raw, name, where), `${where}: \`${name}\``);
  const time = (name: string): number => parseTimestamp(text(name), `${where}: \`${name}\``);
  const found = text('type');
  if (found !== type) throw new MalformedError(`${where} is of type ${JSON.stringify(found)}, not ${type}`);
  const specVersion = text('metadata_spec_version');
  if (!/^0\.6\.\d+$/.test(specVersion)) {
    throw new MalformedError(`${where} follows version ${JSON.stringify(specVersion)} of the format, not 0.6`, {
      hint: 'The owner of the channel must sign it with a tool of today.',
    });
  }
  const version = raw.get('version');
  const delegations = expectObject(member(raw, 'delegations', where), `${where}: \`delegations\``);
  return {
    metadata: {
      raw,
      specVersion,
      version: version === undefined ? 0 : expectInteger(version, `${where}: \`version\``, { min: 1 }),
      issued: time('timestamp'),
      expires: time('expiration'),
    },
    delegation: (role) =>
      parseDelegation(member(delegations, role, `${where}: \`delegations\``), `${where}: \`delegations.${role}\``),
  };
}
