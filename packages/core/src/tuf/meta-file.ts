/** What timestamp and snapshot say of another metadata file. */
import { expectInteger, expectObject, member, optionalMember } from '../json/access.ts';
import type { JsonValue } from '../json/value.ts';
import { type FileDigest, parseHashes } from './digests.ts';

/** Version at least 1; length in bytes; both length and hashes may be left out. */
export interface MetaFile extends FileDigest {
  readonly version: number;
}

/**
 * Reads the member `meta`, file name → {@link MetaFile}.
 *
 * @throws MalformedError
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-snapshot
 */
export function parseMeta(value: JsonValue, where: string): ReadonlyMap<string, MetaFile> {
  const meta = new Map<string, MetaFile>();
  for (const [file, entry] of expectObject(value, `${where}: \`meta\``)) {
    meta.set(file, parseMetaFile(entry, `${where}: \`meta\` of "${file}"`));
  }
  return meta;
}

function parseMetaFile(value: JsonValue, where: string): MetaFile {
  const entry = expectObject(value, where);
  const version = expectInteger(member(entry, 'version', where), `${where}: \`version\``, { min: 1 });
  const length = optionalMember(entry, 'length');
  const hashes = optionalMember(entry, 'hashes');
  // Most entries of a large snapshot.
  if (length === undefined && hashes === undefined) return { version };
  return {
    version,
    ...(length === undefined ? {} : { length: expectInteger(length, `${where}: \`length\``, { min: 0 }) }),
    ...(hashes === undefined ? {} : { hashes: parseHashes(hashes, `${where}: \`hashes\``) }),
  };
}
