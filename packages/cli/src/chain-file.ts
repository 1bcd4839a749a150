/** A file of a chain that somebody named: what it is, before anything in it is believed. */
import { type JsonLimits, type JsonMember, MalformedError, scanMembers } from '@antivenom/core';

export interface ChainFile {
  /** Without folders: a delegated role is known by it, `index.json` or `3.index.json`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ChainLink {
  readonly file: string;
  readonly role: string;
  readonly version: number;
  /** ms since the epoch. */
  readonly expires: number;
}

/** `cct` and `tuf` are signed metadata; `repodata` an index whose records are signed one by one. */
export type ChainFileKind = 'cct' | 'tuf' | 'repodata';

/** What `signatures` begins with: an object, a list. */
const KINDS: ReadonlyMap<number | undefined, ChainFileKind> = new Map([
  [0x7b, 'cct'],
  [0x5b, 'tuf'],
]);
const INDEX_MEMBERS = ['packages', 'packages.conda', 'v3', 'repodata_version'];

/**
 * Goes by the outermost members alone: CCT keeps its signatures in an object, TUF in a list.
 *
 * @throws MalformedError for what is none of them.
 */
export function kindOf({ name, bytes }: ChainFile, limits: JsonLimits): ChainFileKind {
  const members = new Map(outline(name, bytes, limits).map((member) => [member.key, member]));
  const signatures = members.get('signatures');
  const kind = signatures && KINDS.get(bytes[signatures.valueStart]);
  if (members.has('signed') && kind !== undefined) return kind;
  if (!members.has('signed') && INDEX_MEMBERS.some((key) => members.has(key))) return 'repodata';
  throw new MalformedError(`${name} is neither trust metadata nor a repodata file`, {
    hint: 'The file is damaged, or another one: fetch it again.',
  });
}

function outline(name: string, bytes: Uint8Array, limits: JsonLimits): JsonMember[] {
  try {
    return scanMembers(bytes, 0, limits);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new MalformedError(`${name}: ${cause.message}`, {
      hint: 'The file is damaged, or no metadata at all: fetch it again.',
      details: cause.details,
      cause,
    });
  }
}
