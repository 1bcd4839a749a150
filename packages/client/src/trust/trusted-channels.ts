/** Which channels this machine trusts, and whom for each: the file `trust/channels.json`. */
import {
  expectArray,
  expectInteger,
  expectObject,
  expectString,
  type JsonObject,
  type JsonValue,
  MalformedError,
  member,
  object,
  optionalMember,
  readJson,
  writeJson,
} from '@antivenom/core';

export type AuthorityKind = 'tuf' | 'cct';

/** Somebody who vouches for a channel's index, or for its records (`cct`). */
export interface Authority {
  /** Name of its folder in the store: 32 hex digits. */
  readonly id: string;
  readonly kind: AuthorityKind;
  /** Where its metadata stands, without credentials; undefined: beside the packages. */
  readonly metadata: string | undefined;
  /** The root that was trusted first. */
  readonly root: { readonly version: number; readonly sha256: string };
}

export interface TrustedChannel {
  /** As `channelUrlKey` spells it. */
  readonly url: string;
  /** How many authorities must agree; undefined: all of them. */
  readonly threshold: number | undefined;
  /** At least one, all of one kind. */
  readonly authorities: readonly Authority[];
}

const FORMAT = 'antivenom-trust';
const LIMITS = { maxBytes: 16_000_000, maxDepth: 16 };

/** @throws MalformedError */
export function readTrustedChannels(bytes: Uint8Array): TrustedChannel[] {
  const where = 'the file';
  const file = expectObject(readJson(bytes, LIMITS), where);
  if (file.get('format') !== FORMAT) throw new MalformedError(`${where}: \`format\` must be ${FORMAT}`);
  expectInteger(member(file, 'version', where), `${where}: \`version\``, { min: 1, max: 1 });
  return expectArray(member(file, 'channels', where), '`channels`').map(readChannel);
}

export function writeTrustedChannels(channels: readonly TrustedChannel[]): Uint8Array {
  const file = object({ format: FORMAT, version: 1, channels: channels.map(channelObject) });
  return writeJson(file, { indent: 2 });
}

function readChannel(value: JsonValue): TrustedChannel {
  const channel = expectObject(value, 'a channel');
  const threshold = optionalMember(channel, 'threshold');
  return {
    url: text(channel, 'url'),
    threshold: threshold === undefined ? undefined : expectInteger(threshold, '`threshold`', { min: 1 }),
    authorities: expectArray(member(channel, 'authorities', 'a channel'), '`authorities`').map(readAuthority),
  };
}

function readAuthority(value: JsonValue): Authority {
  const authority = expectObject(value, 'an authority');
  const root = expectObject(member(authority, 'root', 'an authority'), '`root`');
  const kind = text(authority, 'kind');
  if (kind !== 'tuf' && kind !== 'cct') throw new MalformedError('`kind` must be tuf or cct');
  return {
    id: hex(authority, 'id', 32),
    kind,
    metadata: authority.has('metadata') ? text(authority, 'metadata') : undefined,
    root: {
      version: expectInteger(member(root, 'version', '`root`'), '`version`', { min: 1 }),
      sha256: hex(root, 'sha256', 64),
    },
  };
}

function channelObject({ url, threshold, authorities }: TrustedChannel): JsonObject {
  return object([
    ['url', url],
    ...(threshold === undefined ? [] : [['threshold', threshold] as const]),
    ['authorities', authorities.map(authorityObject)],
  ]);
}

function authorityObject({ id, kind, metadata, root }: Authority): JsonObject {
  return object([
    ['id', id],
    ['kind', kind],
    ...(metadata === undefined ? [] : [['metadata', metadata] as const]),
    ['root', object({ version: root.version, sha256: root.sha256 })],
  ]);
}

function text(holder: JsonObject, name: string): string {
  return expectString(member(holder, name, 'the file'), `\`${name}\``);
}

function hex(holder: JsonObject, name: string, length: number): string {
  const digits = text(holder, name);
  if (digits.length === length && /^[0-9a-f]+$/.test(digits)) return digits;
  throw new MalformedError(`\`${name}\` must be ${length} hex digits`);
}
